import { groupOf } from "../../topology/topology.ts"
import { controlError } from "../control-errors.ts"
import { isDatabase, type ObservedInstance } from "../plan/observed.ts"
import type { Step } from "../plan/steps.ts"
import { stepKey } from "../plan/steps.ts"
import type { StepContext } from "./step-context.ts"
import { stepTable } from "./step-table.ts"
import { untilWorld } from "./wait.ts"

/** How long an instance that was not ready in time gets to leave. */
const giveUpGraceMs = 2_000

export type StepOutcome = "done" | "given-up"

/**
 * Checks, acts, waits for the effect. Rejects with BN1310 to BN1314 when the step has failed; `signal` gives it up
 * because the plan no longer holds it. What was done stays: the next plan starts from what is.
 */
export async function runStep(step: Step, context: StepContext, signal: AbortSignal): Promise<StepOutcome> {
  const row = stepTable[step.kind]
  const { world, clock } = context
  const look = () => world.observedInstance(step.id)
  const done = () => row.check(look(), context, step)
  const ended = () => look()?.life !== "running" && world.instance(step.id)?.state === "exited"
  if (done()) return "done"

  await row.act(step, context, signal)
  const timeoutMs = row.limitMs(context)
  const waitOnce = () =>
    untilWorld(world, clock, () => done() || ended(), {
      signal,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    })
  let words: string | undefined
  let outcome = await waitOnce()
  // A database that is copied tells how far it has come: as long as it gets further it has time.
  while (
    outcome === "timed-out" &&
    isDatabase({ group: groupOf(step.id)! }) &&
    words !== context.wordsOf(step.id)
  ) {
    words = context.wordsOf(step.id)
    outcome = await waitOnce()
  }
  if (done()) return "done"
  if (row.needsLife && ended()) throw endedTooSoon(step, context)
  if (outcome === "given-up" && !isOverdue(look(), context)) return "given-up"
  if (!row.needsLife) return "done"
  throw await tooLate(step, context, row.awaited, timeoutMs)
}

/** Its time to finish is over: it is stopped with what it has left. */
function isOverdue(instance: ObservedInstance | undefined, { clock, drainDeadlineMs }: StepContext): boolean {
  const sinceMs = instance?.retiringSinceMs
  return sinceMs !== undefined && clock.monotonicMs() >= sinceMs + drainDeadlineMs()
}

function endedTooSoon(step: Step, { world, logOf, wordsOf }: StepContext) {
  const exit = world.instance(step.id)?.exit
  const reason = exit?.signal
    ? `it was ended by ${exit.signal}`
    : `it exited with code ${exit?.code ?? "unknown"}`
  const words = wordsOf(step.id)
  if (step.kind === "start")
    return controlError("BN1310", { id: step.id, reason, words, log: logOf(step.id) })
  return controlError("BN1313", {
    id: step.id,
    during: `${stepKey(step)} was under way`,
    log: logOf(step.id),
  })
}

async function tooLate(step: Step, context: StepContext, awaited: string, timeoutMs: number | undefined) {
  if (step.kind !== "start")
    return controlError("BN1312", { step: stepKey(step), reason: awaited, timeoutMs })
  const words = context.wordsOf(step.id)
  // A database may have a long log to replay: killing it would only make it begin again.
  if (groupOf(step.id) !== "postgres") {
    await context.driver.stop(step.id, giveUpGraceMs, context.epoch())
    await context.world.refresh()
  }
  return controlError("BN1311", { id: step.id, timeoutMs, words, log: context.logOf(step.id) })
}
