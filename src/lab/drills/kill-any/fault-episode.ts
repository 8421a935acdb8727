import { setTimeout as sleep } from "node:timers/promises"
import { randomInt, seededRandom } from "../../../kit/random.ts"
import type { Strike } from "../../faults/fault-injector.ts"
import type { LoadReport } from "../../load/load.ts"
import { type Episode, totalsOf } from "../drill.ts"
import { beginLoad } from "../stage/begin-load.ts"
import { type Bill, excuseOf } from "../stage/fault-costs.ts"
import type { Stage } from "../stage/on-own-service.ts"
import type { Scene } from "./fault-scenes.ts"

/** Load before the fault, so that connections are kept alive when it strikes; and after it struck, or was healed. */
const leadMs = { short: { in: 600, out: 1200 }, full: { in: 1000, out: 2000 } }
const spreadMs = 400

/** One fault under load, from a settled service to a settled service. */
export async function strikeUnderLoad(
  name: string,
  { fault, bill, lastsMs, timeoutMs, target: way, whole }: Scene,
  seed: number,
  stage: Stage,
): Promise<Episode> {
  const { context, faults, recorded } = stage
  const { signal, short } = context
  const target = way ?? stage.target
  const lead = leadMs[short ? "short" : "full"]
  const waitMs = lead.in + randomInt(seededRandom(seed), spreadMs)
  const durationMs = waitMs + (lastsMs ?? 0) + lead.out
  recorded.goTo(target)
  const load = await beginLoad(
    { seed, rps: 100, durationMs, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
    { ...stage, target },
  )
  await sleep(waitMs, undefined, { signal })
  const strike = await faults.inject(fault)
  if (lastsMs !== undefined) {
    await sleep(lastsMs, undefined, { signal })
    await faults.heal(fault)
  }
  const wrong = await whole()
  const tookMs = Date.now() - strike.untilMs
  const report = await load.report
  recorded.goTo(stage.target)
  // Once more: who was told to leave, and should not have been, may have seemed well at the first look.
  const later = await whole()
  return judge({ name, tookMs, report, strike, bill, wrong: [...new Set([...wrong, ...later])] })
}

type Judged = {
  readonly name: string
  readonly tookMs: number
  readonly report: LoadReport
  readonly strike: Strike
  readonly bill: Bill
  /** What was wrong apart from requests. */
  readonly wrong: readonly string[]
}

function judge({ name, tookMs, report, strike, bill, wrong }: Judged): Episode {
  const excused: Record<string, number> = {}
  const violations = [...wrong]
  for (const sample of report.samples) {
    const why = excuseOf(sample, bill, strike, report.startedAtMs)
    if (why !== undefined) {
      excused[why] = (excused[why] ?? 0) + 1
      continue
    }
    const { failure, method, target, detail, latencyMs } = sample
    const sentMs = Math.round(report.startedAtMs + sample.atMs - latencyMs - strike.fromMs)
    violations.push(
      `${failure} ${method} ${target} ${detail} (sent ${sentMs} ms after the strike, failed ${latencyMs} ms later)`,
    )
  }
  if (report.failed > report.samples.length)
    violations.push(`${report.failed} failures, too many to examine each`)
  if (report.abandoned > 0) violations.push(`${report.abandoned} requests were not awaited`)
  return { name, tookMs, load: totalsOf(report), streams: [], violations, excused }
}
