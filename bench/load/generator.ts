import { readFileSync } from "node:fs"
import type { Arrivals } from "../../src/lab/load/arrivals.ts"
import type { LoadReport, LoadRequest } from "../../src/lab/load/load.ts"
import { runLoad } from "../../src/lab/load/run-load.ts"

/**
 * One run of the lab's generator: arrivals, port, rate, milliseconds, seed, then `cold`, or `warm` as it begins by
 * itself at a high rate. Prints what follows.
 */
export type GeneratorOutput = {
  readonly report: LoadReport
  /** CPU of the whole process since the load began: answers, collection and compilation included. */
  readonly cpuUs: number
  /** How long the main thread was ready to run and its CPU was not free: whatever else the machine did. */
  readonly waitedMs: number
}

const [port, rps, durationMs, seed] = process.argv.slice(3, 7).map(Number) as [number, number, number, number]
const cold = process.argv[7] === "cold" ? { warmUpMs: 0, connectionsAhead: 0 } : {}
const request: LoadRequest = {
  kind: "cafes",
  method: "GET",
  target: "/api/cafes?lat=40.7&lon=-74",
  fields: ["User-Agent", "bench", "Accept", "*/*", "Cookie", "session=0123456789abcdef"],
}

let cpu = process.cpuUsage()
let waited = waitedMs()
const report = await runLoad({
  target: { host: "127.0.0.1", port },
  scenario: { next: () => request },
  rps,
  durationMs,
  arrivals: process.argv[2] as Arrivals,
  seed,
  newConnectionShare: 0,
  timeoutMs: 10_000,
  ...cold,
  onBegin: () => {
    cpu = process.cpuUsage()
    waited = waitedMs()
  },
})
const { user, system } = process.cpuUsage(cpu)
const output: GeneratorOutput = { report, cpuUs: user + system, waitedMs: waitedMs() - waited }
process.stdout.write(JSON.stringify(output))

/** The second figure of /proc/<pid>/schedstat, nanoseconds on the run queue; 0 where there is none. */
function waitedMs(): number {
  try {
    return Number(readFileSync("/proc/self/schedstat", "utf8").split(" ")[1]) / 1e6
  } catch {
    return 0
  }
}
