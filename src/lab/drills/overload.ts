import type { LoadReport, LoadTick } from "../load/load.ts"
import type { Drill } from "./drill.ts"
import { onSlotsApp, type SlotsStage } from "./limits/on-slots-app.ts"
import { slots, workMs } from "./limits/slots-app.ts"
import { restartViolations } from "./stage/restarts.ts"
import { steadyLoad } from "./stage/steady-load.ts"

const perInstance = (slots * 1000) / workMs
/** What "1x" is of the capacity: all of it would be an endless queue by itself. */
const calmShare = 0.85
const overloadShare = 3
/** Who has waited so long has gone: an answer counts only before. */
const patienceMs = 2000
/** A short run shares its machine with other tests: it shows that a service does not collapse, the full one by how little. */
const leastGoodput = { short: 0.7, full: 0.9 }
const recoveredWithinMs = 5000
const stepMs = {
  short: { before: 3000, over: 8000, after: 7000 },
  full: { before: 20_000, over: 120_000, after: 20_000 },
}

/** Three times what the service can take, and then again what it can. */
export const overload: Drill = {
  name: "overload",
  claim:
    "at three times its capacity a service answers at least 90 % of its capacity in time (70 % in the short form), turns the rest away by 503, and within 5 s of the load's end nobody is turned away any more",
  run: context =>
    onSlotsApp("overload", context, async stage => {
      await stepUpAndDown("single", 1, stage)
      if (context.short) return
      await stage.service.change({ type: "grow" })
      await stepUpAndDown("balanced, web=2", 2, stage)
    }),
}

async function stepUpAndDown(name: string, instances: number, stage: SlotsStage): Promise<void> {
  const { service, context } = stage
  const capacity = perInstance * instances
  const form = context.short ? "short" : "full"
  const { before, over, after } = stepMs[form]
  const least = capacity * leastGoodput[form]
  const settled = await service.settled()
  const step = async (words: string, share: number, durationMs: number, judge: Judge) => {
    context.signal.throwIfAborted()
    const startedMs = Date.now()
    const ticks: LoadTick[] = []
    const load = await steadyLoad(
      {
        request: { kind: "work", method: "GET", target: "/work" },
        rps: capacity * share,
        durationMs,
        patienceMs,
        onTick: tick => ticks.push(tick),
      },
      stage,
    )
    const restarted = restartViolations(settled, await service.settled(), [])
    const violations = [...judge(load, ticks), ...restarted]
    stage.note({ name: `${name}, ${words}`, tookMs: Date.now() - startedMs, violations }, load)
  }
  await step("1x", calmShare, before, noneFails)
  await step("3x", overloadShare, over, load => goodputViolations(load, capacity, least))
  await step("1x again", calmShare, after, recoveryViolations)
}

type Judge = (load: LoadReport, ticks: readonly LoadTick[]) => string[]

const noneFails: Judge = ({ failed }) => (failed === 0 ? [] : [`${failed} requests failed without overload`])

function goodputViolations(
  { ok, failures, durationMs, sent }: LoadReport,
  capacity: number,
  least: number,
): string[] {
  const perSecond = (ok * 1000) / durationMs
  const told = failures.status5xx
  const untold = sent - ok - told
  return [
    ...(perSecond >= least
      ? []
      : [`${perSecond.toFixed(0)} good answers a second of a capacity of ${capacity}`]),
    ...(untold <= told / 50 ? [] : [`${untold} requests were neither answered in time nor told 503`]),
  ]
}

/** Ticks count what failed since the one before. */
const recoveryViolations: Judge = (_, ticks) => {
  const late = ticks
    .filter(({ atMs }) => atMs > recoveredWithinMs)
    .reduce((sum, { failed }) => sum + failed, 0)
  return late === 0 ? [] : [`${late} requests failed more than ${recoveredWithinMs} ms after the overload`]
}
