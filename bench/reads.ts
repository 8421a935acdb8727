import { sql } from "kysely"
import { TemporaryFleet } from "../src/tiers/data/testing/temporary-fleet.ts"
import { type Bench, type BenchLine, compare } from "./harness.ts"
import { fillBeigel } from "./router/beigel-data.ts"
import { closedLoop } from "./router/closed-loop.ts"
import { banyanContender, type Contender, connections } from "./router/contenders.ts"
import { type HotQuery, hotQueries, type Subject } from "./router/queries.ts"
import { serversCpuUs, takenBetween } from "./router/server-cpu.ts"

const rounds = Number(process.env["BANYAN_BENCH_ROUNDS"] ?? 5)
const queriesInRound = Number(process.env["BANYAN_BENCH_QUERIES"] ?? 2000)
const mostReplicas = 3

/**
 * Whether reads scale: the processor time they cost the primary, and the busiest of the servers, as replicas are added. Two
 * cores cannot show throughput; what no server has to do it can do for others. All servers run and stream all the time.
 */
export const bench: Bench = {
  says: "reads as replicas are added: CPU of the primary, of the busiest server and of all of them",
  asTable: true,
  async run(say) {
    const fleet = new TemporaryFleet()
    const ends: (() => unknown)[] = [() => fleet.end()]
    try {
      say(`starting a primary and ${mostReplicas} replicas`)
      await fleet.start()
      const subjects = await fillBeigel(fleet, ends)
      for (let count = 0; count < mostReplicas; count++) await fleet.addReplica()
      const [, ...replicas] = [...fleet.servers.values()]
      const contenders = Array.from({ length: mostReplicas + 1 }, (_, count) =>
        banyanContender(fleet.primary, replicas.slice(0, count), connections / 2),
      )
      ends.unshift(() => Promise.all(contenders.map(each => each.end())))
      const postmasters = [...fleet.servers.values()].map(({ pid }) => pid as number)
      const lines: BenchLine[] = []
      for (const work of [readsAlone, withWrites])
        lines.push(...(await measure(work, contenders, subjects, postmasters, say)))
      return lines
    } finally {
      for (const end of ends) await end()
    }
  },
}

const posts = hotQueries.find(({ name }) => name === "posts of a café")!
const readsAlone: HotQuery = { ...posts, name: "reads alone" }
/** Each user reads what they wrote: until a replica has it, at the primary. */
const withWrites: HotQuery = {
  name: "a write in ten",
  async ask(db, subject) {
    if (Math.random() < 0.1)
      await sql`update posts set text = text where cafe_id = ${subject.cafeId} and id = ${subject.postId}`.execute(
        db,
      )
    else await posts.ask(db, subject)
  },
}

type Cost = { readonly primary: number[]; readonly busiest: number[]; readonly all: number[] }

async function measure(
  work: HotQuery,
  contenders: readonly Contender[],
  subjects: readonly Subject[],
  postmasters: readonly number[],
  say: (words: string) => void,
): Promise<BenchLine[]> {
  const costs = contenders.map((): Cost => ({ primary: [], busiest: [], all: [] }))
  for (const each of contenders) await closedLoop(each, work, subjects, queriesInRound)
  for (let round = 1; round <= rounds; round++) {
    const order = [...contenders.keys()]
    for (const count of round % 2 === 0 ? order.reverse() : order) {
      const before = postmasters.map(pid => serversCpuUs([pid]))
      await closedLoop(contenders[count]!, work, subjects, queriesInRound)
      // Microseconds for one are milliseconds for a thousand.
      const each = postmasters.map(
        (pid, index) => takenBetween(before[index]!, serversCpuUs([pid])) / queriesInRound,
      )
      costs[count]!.primary.push(each[0]!)
      costs[count]!.busiest.push(Math.max(...each))
      costs[count]!.all.push(each.reduce((sum, ms) => sum + ms, 0))
    }
    say(
      `${work.name} ${round}/${rounds}  primary ${costs.map(({ primary }) => Math.round(primary.at(-1)!)).join(" ")}`,
    )
  }
  return costs.flatMap((cost, count) => linesOf(`${work.name}, ${count} replicas`, contenders[count]!, cost))
}

function linesOf(name: string, { configuration }: Contender, cost: Cost): BenchLine[] {
  const words = `${configuration}; ms of CPU for 1,000 statements, n = ${rounds} rounds of ${queriesInRound}, median (least to most)`
  return (["primary", "busiest", "all"] as const).flatMap(who => {
    const values = cost[who].map(ms => Math.round(ms * 10) / 10)
    const line = (claim: string, values: readonly number[]) =>
      compare(claim, "ms for 1,000", { name, version: "", configuration: words, values }, null)
    return [
      line(who, values),
      line(`${who} least`, [Math.min(...values)]),
      line(`${who} most`, [Math.max(...values)]),
    ]
  })
}
