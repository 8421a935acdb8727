import { migrate } from "banyan/data"
import { parseCafes, readCafesFile } from "../apps/beigel/seed/read-cafes.ts"
import { CAFES_FILE, seedCafes } from "../apps/beigel/seed/seed-cafes.ts"
import { seedPosts } from "../apps/beigel/seed/seed-posts.ts"
import type { BeigelTables } from "../apps/beigel/tables.ts"
import { dataForTests } from "../src/tiers/data/testing/data-for-tests.ts"
import { TemporaryFleet } from "../src/tiers/data/testing/temporary-fleet.ts"
import { type Bench, type BenchLine, compare } from "./harness.ts"
import { banyanContender, bareContender, type Contender, connections } from "./router/contenders.ts"
import { type HotQuery, hotQueries, type Subject } from "./router/queries.ts"
import { serversCpuUs, takenBetween } from "./router/server-cpu.ts"

/** BANYAN_BENCH_ROUNDS and BANYAN_BENCH_QUERIES: more of both for a quieter figure. */
const rounds = Number(process.env["BANYAN_BENCH_ROUNDS"] ?? 7)
const queriesInRound = Number(process.env["BANYAN_BENCH_QUERIES"] ?? 2000)
const users = 16
const posts = 20_000

/** Client and server CPU and latency of a query through the router against bare Kysely + pg; rounds alternate. */
export const bench: Bench = {
  says: "the router on Beigel's five hottest queries against bare Kysely + pg: client CPU, server CPU, latency",
  async run(say) {
    const fleet = new TemporaryFleet()
    const ends: (() => unknown)[] = [() => fleet.end()]
    try {
      say("starting a primary and two replicas")
      await fleet.start()
      const subjects = await fill(fleet, ends)
      for (let count = 0; count < 2; count++) await fleet.addReplica()
      const servers = [...fleet.servers.values()]
      const postmasters = servers.map(({ pid }) => pid as number)
      const [, ...replicas] = servers
      // As many connections in all as the peer has.
      const ours = banyanContender(fleet.primary, replicas, connections / 2)
      const peer = bareContender(fleet.primary)
      ends.unshift(() => Promise.all([ours, peer].map(({ db }) => db.destroy())))
      const lines: BenchLine[] = []
      for (const query of hotQueries)
        lines.push(...(await measure(query, ours, peer, subjects, postmasters, say)))
      return lines
    } finally {
      for (const end of ends) await end()
    }
  },
}

/** Beigel's own tables, cafés and posts. */
async function fill(fleet: TemporaryFleet, ends: (() => unknown)[]): Promise<Subject[]> {
  const data = dataForTests({ after: end => ends.unshift(end as () => unknown) }, fleet.primary)
  await migrate(data, new URL("../apps/beigel/migrations", import.meta.url).pathname)
  const db = data.db<BeigelTables>()
  await seedCafes(db, () => {})
  await seedPosts(
    db,
    posts,
    async () => parseCafes(await readCafesFile(CAFES_FILE)),
    () => {},
  )
  const rows = await db
    .selectFrom("posts")
    .innerJoin("cafes", "cafes.id", "posts.cafe_id")
    .select(["posts.cafe_id", "posts.id", "cafes.lat", "cafes.lon"])
    .limit(500)
    .execute()
  return rows.map(({ cafe_id, id, lat, lon }) => ({ cafeId: cafe_id, postId: id, lat, lon }))
}

type Cost = { clientUs: number[]; serverUs: number[]; p50Ms: number[] }

async function measure(
  query: HotQuery,
  ours: Contender,
  peer: Contender,
  subjects: readonly Subject[],
  postmasters: readonly number[],
  say: (words: string) => void,
): Promise<BenchLine[]> {
  const costs = new Map<Contender, Cost>(
    [ours, peer].map(each => [each, { clientUs: [], serverUs: [], p50Ms: [] }]),
  )
  for (const each of [ours, peer]) await ask(each, query, subjects)
  for (let round = 1; round <= rounds; round++) {
    for (const each of round % 2 === 0 ? [peer, ours] : [ours, peer]) {
      const client = process.cpuUsage()
      const server = serversCpuUs(postmasters)
      const p50Ms = await ask(each, query, subjects)
      const { user, system } = process.cpuUsage(client)
      const cost = costs.get(each) as Cost
      cost.serverUs.push(takenBetween(server, serversCpuUs(postmasters)) / queriesInRound)
      cost.clientUs.push((user + system) / queriesInRound)
      cost.p50Ms.push(p50Ms)
    }
    const words = [...costs].map(
      ([{ name }, { clientUs, serverUs }]) =>
        `${name} ${clientUs.at(-1)!.toFixed(0)}/${serverUs.at(-1)!.toFixed(0)}`,
    )
    say(`${query.name} ${round}/${rounds}  client/server µs  ${words.join("   ")}`)
  }
  const line = (claim: string, unit: string, of: keyof Cost) => {
    const side = ({ name, version, configuration }: Contender) => ({ name, version, configuration })
    return compare(
      `${query.name}: ${claim}`,
      unit,
      { ...side(ours), values: (costs.get(ours) as Cost)[of] },
      { ...side(peer), values: (costs.get(peer) as Cost)[of] },
    )
  }
  return [
    line("client CPU at most 0.9 x bare Kysely + pg", "µs a query", "clientUs"),
    line("server CPU at most 0.75 x", "µs a query", "serverUs"),
    line("latency, median", "ms", "p50Ms"),
  ]
}

/** A closed loop of some users, each with one query after another. Returns the median latency in milliseconds. */
async function ask(
  { db, asUser }: Contender,
  query: HotQuery,
  subjects: readonly Subject[],
): Promise<number> {
  const tookMs: number[] = []
  let next = 0
  const user = async () => {
    while (next < queriesInRound) {
      const subject = subjects[next++ % subjects.length] as Subject
      const startedMs = performance.now()
      await query.ask(db, subject)
      tookMs.push(performance.now() - startedMs)
    }
  }
  await Promise.all(Array.from({ length: users }, () => asUser(user)))
  return tookMs.sort((a, b) => a - b)[tookMs.length >> 1] as number
}
