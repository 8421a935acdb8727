import { setTimeout as sleep } from "node:timers/promises"
import type { AdminClient } from "../boot/admin-client.ts"
import type { PlanView } from "../wire/admin.ts"
import { cliError } from "./cli-errors.ts"
import type { Output } from "./output.ts"
import { isUnanswered } from "./running-service.ts"
import { slowStepLine, stepLine } from "./words/plan-words.ts"

const lookEveryMs = 100
const slowStepMs = 2000

/**
 * Tells a plan's steps as they end, until the plan has ended. The control plane may be killed and come back meanwhile.
 * Throws BN3204 after `timeoutMs`; the plan goes on.
 */
export async function followPlan(
  client: AdminClient,
  begun: PlanView,
  out: Output,
  timeoutMs: number,
): Promise<PlanView> {
  const deadlineMs = performance.now() + timeoutMs
  const told = new Set<string>()
  const runningSinceMs = new Map<string, number>()
  let away = false
  for (;;) {
    const plan = await lookAt(client, begun.id)
    if (plan === undefined && !away)
      out.say("  the control plane is away; the service serves on, waiting for it")
    away = plan === undefined
    if (plan !== undefined) {
      tellSteps(plan, told, out)
      tellSlowSteps(plan, runningSinceMs, told, out)
      if (isOver(plan)) return plan
    }
    if (performance.now() > deadlineMs)
      throw cliError("BN3204", { what: `plan ${begun.id} (${begun.trigger})`, timeoutMs })
    await sleep(lookEveryMs)
  }
}

/** Undefined while the admin API is away. */
async function lookAt(client: AdminClient, id: string): Promise<PlanView | undefined> {
  try {
    return await client.plan(id)
  } catch (error) {
    if (isUnanswered(error)) return undefined
    throw error
  }
}

function tellSteps(plan: PlanView, told: Set<string>, out: Output): void {
  plan.phases.forEach((phase, nth) => {
    for (const step of phase) {
      if (step.state === "pending" || step.state === "running") continue
      const key = `${nth} ${step.kind} ${step.id} ${step.state}`
      if (!told.has(key)) out.say(stepLine(step))
      told.add(key)
    }
  })
}

/** A step that takes its time is said once, with what it waits for: silence looks like a hang. */
function tellSlowSteps(
  plan: PlanView,
  runningSinceMs: Map<string, number>,
  told: Set<string>,
  out: Output,
): void {
  for (const step of plan.phases.flat()) {
    if (step.state !== "running") continue
    const key = `${step.kind} ${step.id} slow`
    const sinceMs = runningSinceMs.get(key) ?? performance.now()
    runningSinceMs.set(key, sinceMs)
    if (told.has(key) || performance.now() - sinceMs < slowStepMs) continue
    out.say(slowStepLine(step))
    told.add(key)
  }
}

function isOver({ state }: PlanView): boolean {
  return state === "done" || state === "undone" || state === "failed"
}
