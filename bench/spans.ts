import { trace } from "@opentelemetry/api"
import { systemClock } from "../src/kit/node/system-clock.ts"
import { KeptTraces } from "../src/telemetry/kept-traces.ts"
import { activeSpan } from "../src/telemetry/spans/recorded-span.ts"
import { RequestTracing } from "../src/telemetry/spans/request-tracing.ts"
import { type Bench, type BenchLine, compare } from "./harness.ts"

const rounds = 15
const requests = 100_000

/** CPU of what is noted of a request and then forgotten, as nearly all are: by itself, so that nanoseconds show. */
export const bench: Bench = {
  says: "CPU of noting a request, and the statements within it, in a web instance",
  async run(say) {
    const tracing = new RequestTracing(systemClock, Math.random)
    const kept = new KeptTraces<object>()
    const traceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
    const serve = async (work: () => Promise<void>, traced: boolean) => {
      if (!traced) return work()
      const record = tracing.begin({ method: "GET", traceParent })
      await record.run(work)
      record.end(200)
      const { root } = record
      const tookMs = (root.endMs ?? 0) - root.startMs
      if (kept.wants(tookMs, record.sampled, root.endMs ?? 0)) kept.keep({}, 500, tookMs, false, root.startMs)
    }
    const statement = async () => {
      const span = activeSpan()?.child("query", { sql: "select 1", server: "postgres-1" })
      await null
      span?.end()
    }
    const works: Readonly<Record<string, () => Promise<void>>> = {
      "a request": async () => void (await null),
      "a request with 4 statements": async () => {
        for (let at = 0; at < 4; at++) await statement()
      },
      "a request with a span of the app's own": async () => {
        const span = trace.getTracer("app").startSpan("own")
        await null
        span.end()
      },
    }
    const lines: BenchLine[] = []
    for (const [words, work] of Object.entries(works)) lines.push(await measure(words, work, serve, say))
    return lines
  },
}

async function measure(
  words: string,
  work: () => Promise<void>,
  serve: (work: () => Promise<void>, traced: boolean) => Promise<void>,
  say: (words: string) => void,
): Promise<BenchLine> {
  const costs = { noted: [] as number[], bare: [] as number[] }
  for (let round = -1; round < rounds; round++) {
    for (const how of ["noted", "bare"] as const) {
      const before = process.cpuUsage()
      for (let at = 0; at < requests; at++) await serve(work, how === "noted")
      const { user, system } = process.cpuUsage(before)
      // The first one warms up.
      if (round >= 0) costs[how].push((user + system) / requests)
    }
  }
  say(words)
  const side = (name: string, values: readonly number[]) => ({ name, version: "", configuration: "", values })
  return compare(words, "µs CPU", side("noted and forgotten", costs.noted), side("not noted", costs.bare))
}
