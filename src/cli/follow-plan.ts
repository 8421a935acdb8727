import { setTimeout as sleep } from "node:timers/promises"
import type { AdminClient } from "../boot/service/admin-client.ts"
import type { InstanceView, PlanView } from "../wire/admin.ts"
import { cliError } from "./cli-errors.ts"
import { LiveLine } from "./live-line.ts"
import type { Output } from "./output.ts"
import { isUnanswered } from "./running-service.ts"
import { type SlowStep, StepProgress, underWay } from "./step-progress.ts"
import { endedSteps, slowStepLine, stepLine } from "./words/plan-words.ts"

const lookEveryMs = 100

/** What is told of a plan on its way. */
export type Telling = {
  readonly out: Output
  /** To programs too: one value a line for each step that is worth a word. */
  readonly progress: boolean
}

/**
 * Tells a plan's steps as they end, and how far those are that take long, until the plan has ended. The control plane may
 * be killed and come back meanwhile. Throws BN3204 after `timeoutMs`; the plan goes on.
 */
export async function followPlan(
  client: AdminClient,
  begun: PlanView,
  telling: Telling,
  timeoutMs: number,
): Promise<PlanView> {
  const { out } = telling
  const deadlineMs = performance.now() + timeoutMs
  const told = new Set<string>()
  const slow = new StepProgress()
  const live = new LiveLine()
  let away = false
  try {
    for (;;) {
      const seen = await lookAt(client, begun.id)
      live.clear()
      if (seen === undefined && !away)
        out.say("  the control plane is away; the service serves on, waiting for it")
      away = seen === undefined
      if (seen !== undefined) {
        tellSteps(seen.plan, told, out)
        for (const each of slow.look(seen.plan, seen.instances, performance.now())) tellSlow(each, telling)
        if (isOver(seen.plan)) return seen.plan
        if (!out.json && isStarting(seen.plan)) live.show(liveWords(seen))
      }
      if (performance.now() > deadlineMs)
        throw cliError("BN3204", { what: `plan ${begun.id} (${begun.trigger})`, timeoutMs })
      await sleep(lookEveryMs)
    }
  } finally {
    live.clear()
  }
}

type Seen = { readonly plan: PlanView; readonly instances: readonly InstanceView[] }

/** Undefined while the admin API is away. */
async function lookAt(client: AdminClient, id: string): Promise<Seen | undefined> {
  try {
    const plan = await client.plan(id)
    return { plan, instances: isStarting(plan) ? (await client.state()).instances : [] }
  } catch (error) {
    if (isUnanswered(error)) return undefined
    throw error
  }
}

function tellSteps(plan: PlanView, told: Set<string>, out: Output): void {
  for (const { name, step } of endedSteps(plan)) {
    const key = `${name} ${step.state}`
    if (!told.has(key)) out.say(stepLine(step))
    told.add(key)
  }
}

function tellSlow({ step, progress }: SlowStep, { out, progress: toPrograms }: Telling): void {
  out.say(slowStepLine(step, progress))
  if (toPrograms && progress !== undefined) out.value({ step: step.kind, id: step.id, progress })
}

/** What is under way at this moment, on a terminal's last line. */
function liveWords({ plan, instances }: Seen): string {
  return underWay(plan, instances)
    .flatMap(({ step, progress }) => (progress === undefined ? [] : `${step.id} ${progress}`))
    .join(", ")
}

/** Only then an instance says how far it is. */
function isStarting({ phases }: PlanView): boolean {
  return phases.flat().some(({ kind, state }) => kind === "start" && state === "running")
}

function isOver({ state }: PlanView): boolean {
  return state === "done" || state === "undone" || state === "failed"
}
