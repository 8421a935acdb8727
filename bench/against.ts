import { join, resolve } from "node:path"
import { startUpstream } from "./edge/start-upstream.ts"
import { type Bench, type BenchLine, compare } from "./harness.ts"
import { cpuUs, type Server, serverOn, temporaryFolder } from "./processes.ts"
import { load, type Work, wrkVersion } from "./web/load.ts"

/** BANYAN_BENCH_ROUNDS, BANYAN_BENCH_SECONDS: more of both for a quieter figure. */
const rounds = Number(process.env["BANYAN_BENCH_ROUNDS"] ?? 15)
const seconds = Number(process.env["BANYAN_BENCH_SECONDS"] ?? 1)
const here = resolve(import.meta.dirname, "..")

const hello: Work = { words: "hello", method: "GET", path: "/hello", expected: "hello" }
const cafes: Work = { words: "2 KB of JSON", method: "GET", path: "/cafes", expected: '[{"id":1000,' }
/** The edge's backend answers every path with 2 KB. */
const proxied: Work = { words: "2 KB through the edge", method: "GET", path: "/api/cafes", expected: "" }

/**
 * CPU per request of the web role and of the edge of this checkout and of another one of Banyan: what did a change cost?
 * Rounds alternate, and who goes first; only ratios of neighbours can be compared.
 */
export const bench: Bench = {
  says: "CPU per request of web role and edge beside another checkout, BANYAN_BENCH_OTHER=<folder>",
  async run(say) {
    const other = process.env["BANYAN_BENCH_OTHER"]
    if (other === undefined) throw new Error("BANYAN_BENCH_OTHER=<folder of another checkout>")
    wrkVersion()
    process.env["NODE_ENV"] = "production"
    const folder = temporaryFolder("against")
    const start = (script: string, ...rest: number[]) =>
      serverOn(0, folder, port => [process.execPath, script, ...[port, ...rest].map(String)])
    const upstream = await startUpstream(folder)
    const webs: Server[] = []
    const edges: Server[] = []
    for (const checkout of [here, resolve(other)]) {
      webs.push(await start(join(checkout, "bench/web/banyan-server.ts")))
      edges.push(await start(join(checkout, "bench/edge/banyan-proxy.ts"), upstream.port))
    }
    return [
      await pair(hello, webs, folder, say),
      await pair(cafes, webs, folder, say),
      await pair(proxied, edges, folder, say),
    ]
  },
}

async function pair(
  work: Work,
  sides: readonly Server[],
  folder: string,
  say: (words: string) => void,
): Promise<BenchLine> {
  const settings = { connections: 64, seconds, folder }
  const costs = new Map(sides.map(side => [side, [] as number[]]))
  for (const { port } of sides) await load(port, work, settings)
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const beforeUs = cpuUs(side.pid)
      const requests = await load(side.port, work, settings)
      costs.get(side)!.push((cpuUs(side.pid) - beforeUs) / requests)
    }
    const words = sides.map(side => `${costs.get(side)!.at(-1)!.toFixed(1)} µs`)
    say(`${work.words} ${round + 1}/${rounds}  ${words.join("   ")}`)
  }
  const told = (name: string, at: number) => {
    return { name, version: "", configuration: "as in service", values: costs.get(sides[at]!)! }
  }
  return compare(work.words, "µs CPU", told("this checkout", 0), told("the other one", 1))
}
