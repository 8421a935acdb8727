import { type BanyanError, isBanyanError, messageOf } from "../kit/errors.ts"
import type { PlanRun } from "./apply/plan-run.ts"
import { controlError } from "./control-errors.ts"
import type { PlanStart } from "./journal/journal-record.ts"
import { type Step, stepKey } from "./plan/steps.ts"

/** What was thrown by a step, in words that name it. */
export function toBanyanError(step: Step, thrown: unknown): BanyanError {
  if (isBanyanError(thrown)) return thrown
  return controlError("BN1314", { step: stepKey(step), reason: messageOf(thrown) }, thrown)
}

/** Nothing is left to do, and another one is the primary than somebody asked for. */
export function unmetWish({ primary }: PlanStart, from: string | undefined): PlanRun["failure"] {
  if (primary === undefined || primary === from) return undefined
  const reason = "the databases have changed since that was asked for"
  const { code, message, todo } = controlError("BN1351", { from, to: primary, reason })
  return { code, message, todo }
}
