import type { PlanView, StepView } from "../../wire/admin.ts"
import { formatDuration } from "../durations.ts"
import { onTalk } from "../output.ts"

/** `grow: single -> balanced, 8 steps in 5 phases`. */
export function planTitle(plan: PlanView): string {
  const steps = plan.phases.flat().length
  const way = plan.from === plan.to ? `stage ${plan.to}` : `${plan.from} -> ${plan.to}`
  return `${plan.trigger}: ${way}, ${count(steps, "step")} in ${count(plan.phases.length, "phase")}`
}

/** A proposed plan, phase by phase; the reasons are the same words that its progress will show. */
export function planLines(plan: PlanView): string[] {
  return plan.phases.flatMap((phase, index) =>
    phase.map((step, nth) => {
      const number = nth === 0 ? String(index + 1).padStart(2) : "  "
      return `${number}  ${stepName(step)}  ${step.reason}`
    }),
  )
}

/** One line of progress: what was done, how long it took, and why. */
export function stepLine(step: StepView): string {
  const mark = {
    done: onTalk("green", "ok"),
    failed: onTalk("red", "failed"),
    undone: onTalk("yellow", "undone"),
  }
  const state = step.state in mark ? mark[step.state as keyof typeof mark] : step.state
  const took = step.tookMs === undefined ? "" : ` (${formatDuration(step.tookMs)})`
  const why = step.error ?? step.reason
  return `  ${state}  ${stepName(step)}  ${why}${onTalk("dim", took)}`
}

/** The steps that are over, each by a name that no other one of the plan has. */
export function endedSteps({ phases }: PlanView): { readonly name: string; readonly step: StepView }[] {
  return phases.flatMap((phase, nth) =>
    phase
      .filter(({ state }) => state !== "pending" && state !== "running")
      .map(step => ({ name: `${nth} ${step.kind} ${step.id}`, step })),
  )
}

/** What each kind of step may have to wait for. */
const waitsFor: Readonly<Record<StepView["kind"], string>> = {
  start: "waiting until it is ready",
  route: "waiting until every front door has seen it healthy",
  open: "waiting until it accepts connections",
  close:
    "its replacement serves already; waiting for connections that are still open, at most the drain time-out",
  drain:
    "its replacement serves already; waiting for requests and streams under way, at most the drain time-out",
  attach: "waiting until it receives the primary's log",
  quorum: "waiting until it holds for everything that was acknowledged",
  "fail-over": "waiting until a replica has taken its place",
  "switch-over": "waiting until it has taken over",
  detach: "waiting until its process, its slot and its copy are gone",
  stop: "waiting until the process has ended",
  kill: "waiting until the process has ended",
  forget: "waiting until it is off the map",
}

/** A step that is under way for a while: what its instance says of it, else what it may have to wait for. */
export function slowStepLine(step: StepView, progress: string | undefined): string {
  return `  ${onTalk("dim", "..")}  ${stepName(step)}  ${onTalk("dim", progress ?? waitsFor[step.kind])}`
}

/** How a plan ended, as one sentence. */
export function planEnd(plan: PlanView): string {
  const took =
    plan.startedAtMs === undefined || plan.finishedAtMs === undefined
      ? ""
      : ` in ${formatDuration(plan.finishedAtMs - plan.startedAtMs)}`
  if (plan.state === "done") return `${onTalk("green", "done")}: stage ${plan.to}${took}`
  const why = plan.error === undefined ? "" : `: ${plan.error.message}`
  if (plan.state === "undone") return `${onTalk("yellow", "undone")}${took}, back at stage ${plan.from}${why}`
  return `${onTalk("red", "failed")}${took}${why}`
}

/** The command a person would try next. */
export function nextAfter(plan: PlanView): string {
  if (plan.state !== "done") return "npx banyan logs"
  if (plan.trigger.startsWith("grow")) return "npx banyan scale web=4"
  if (plan.trigger.startsWith("scale")) return "npx banyan shrink"
  return "npx banyan status"
}

function stepName(step: StepView): string {
  return `${step.kind.padEnd(6)} ${step.id.padEnd(10)}`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`
}
