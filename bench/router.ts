import { TemporaryFleet } from "../src/tiers/data/testing/temporary-fleet.ts"
import { type Bench, type BenchLine, compare } from "./harness.ts"
import { fillBeigel } from "./router/beigel-data.ts"
import { closedLoop } from "./router/closed-loop.ts"
import { banyanContender, bareContender, type Contender, connections } from "./router/contenders.ts"
import { drizzleContender } from "./router/drizzle.ts"
import { PgBouncer, pgBouncerVersion } from "./router/pgbouncer.ts"
import { type HotQuery, hotQueries, type Subject } from "./router/queries.ts"
import { serversCpuUs, takenBetween } from "./router/server-cpu.ts"

/** BANYAN_BENCH_ROUNDS and BANYAN_BENCH_QUERIES: more of both for a quieter figure. */
const rounds = Number(process.env["BANYAN_BENCH_ROUNDS"] ?? 7)
const queriesInRound = Number(process.env["BANYAN_BENCH_QUERIES"] ?? 2000)

/** Client and server CPU and latency of a query through the router and through each peer; rounds alternate. */
export const bench: Bench = {
  says: "the router on Beigel's five hottest queries beside bare Kysely + pg, with PgBouncer in between, and Drizzle: client CPU, server CPU, latency",
  async run(say) {
    const fleet = new TemporaryFleet()
    const ends: (() => unknown)[] = [() => fleet.end()]
    try {
      say("starting a primary and two replicas")
      await fleet.start()
      const subjects = await fillBeigel(fleet, ends)
      for (let count = 0; count < 2; count++) await fleet.addReplica()
      const servers = [...fleet.servers.values()]
      const postmasters = servers.map(({ pid }) => pid as number)
      const [, ...replicas] = servers
      // Each has as many connections in all.
      const peers = [bareContender(fleet.primary), drizzleContender(fleet.primary, replicas, connections / 2)]
      if (pgBouncerVersion === undefined)
        say("PgBouncer is SKIPPED, it is not installed: apt-get install pgbouncer")
      else {
        const bouncer = await PgBouncer.start(fleet.primary)
        ends.unshift(() => bouncer.end())
        postmasters.push(bouncer.pid)
        peers.push(bouncer.contender)
      }
      const contenders = [banyanContender(fleet.primary, replicas, connections / 2), ...peers]
      ends.unshift(() => Promise.all(contenders.map(each => each.end())))
      const lines: BenchLine[] = []
      for (const query of hotQueries)
        lines.push(...(await measure(query, contenders, subjects, postmasters, say)))
      return lines
    } finally {
      for (const end of ends) await end()
    }
  },
}

type Cost = { clientUs: number[]; serverUs: number[]; p50Ms: number[] }

/** What is claimed of a query beside each peer. */
const claims: Readonly<Record<string, { readonly client: string; readonly server: string }>> = {
  "Kysely + pg": { client: "; target: at most 0.9", server: "; target: at most 0.75" },
  "Drizzle withReplicas": {
    client: "; target: at most 0.5 for the five together",
    server: "; target: at most 0.5 for the five together",
  },
}

async function measure(
  query: HotQuery,
  contenders: readonly Contender[],
  subjects: readonly Subject[],
  postmasters: readonly number[],
  say: (words: string) => void,
): Promise<BenchLine[]> {
  const costs = new Map<Contender, Cost>(
    contenders.map(each => [each, { clientUs: [], serverUs: [], p50Ms: [] }]),
  )
  for (const each of contenders) await closedLoop(each, query, subjects, queriesInRound)
  for (let round = 1; round <= rounds; round++) {
    for (const each of round % 2 === 0 ? contenders.toReversed() : contenders) {
      const client = process.cpuUsage()
      const server = serversCpuUs(postmasters)
      const p50Ms = await closedLoop(each, query, subjects, queriesInRound)
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
  const [ours, ...peers] = contenders as [Contender, ...Contender[]]
  return peers.flatMap(peer => {
    const line = (claim: string, unit: string, of: keyof Cost) => {
      const side = (each: Contender) => {
        const { name, version, configuration } = each
        return { name, version, configuration, values: costs.get(each)![of] }
      }
      return compare(`${query.name}, beside ${peer.name}: ${claim}`, unit, side(ours), side(peer))
    }
    const { client = "", server = "" } = claims[peer.name] ?? {}
    return [
      line(`client CPU${client}`, "µs a query", "clientUs"),
      line(`server CPU${server}`, "µs a query", "serverUs"),
      line("latency, median", "ms", "p50Ms"),
    ]
  })
}
