import type { ErrorView, PlanView, StepView } from "../../wire/admin.ts"
import type { PlanStart } from "../journal/journal-record.ts"
import { sentenceOf } from "../plan/reasons.ts"
import { type Phase, type Step, type StepKind, stepKey, undoneBy } from "../plan/steps.ts"

type PlanError = Pick<ErrorView["error"], "code" | "message" | "todo">

/** Kinds whose failure can be taken back; from the first retirement on a plan only goes forward. */
const building: ReadonlySet<StepKind> = new Set(["start", "route", "open", "attach", "quorum"])
/** Kinds that follow from a death: no part of the change, nothing to take back. */
const clearing: ReadonlySet<StepKind> = new Set(["kill", "forget"])

/** What commits wait for cannot be settled in the very moment a replica comes or goes: that passes. */
const triesOf: Readonly<Partial<Record<StepKind, number>>> = { quorum: 3 }

/** The steps of a plan as people see it. */
export function viewPhases(phases: readonly Phase[]): StepView[][] {
  return phases.map(phase =>
    phase.map(({ kind, id, reason }) => ({
      kind,
      id,
      reason: sentenceOf(reason),
      state: "pending" as const,
    })),
  )
}

/** A plan on its way: what was begun with, what has happened, what is still to come. */
export class PlanRun {
  readonly start: PlanStart
  /** Why it is being taken back, once it is. */
  undoing: PlanError | undefined
  #goesBack = false
  /** Of steps that failed. */
  readonly #tries = new Map<string, number>()
  /** The first failure of a plan that is not taken back. */
  failure: PlanError | undefined
  #past: StepView[][]
  #future: StepView[][] = []
  #end: Pick<PlanView, "state" | "finishedAtMs"> | undefined

  constructor(start: PlanStart) {
    this.start = start
    const begun = start.plan.phases.map(phase => phase.filter(step => step.state !== "pending"))
    this.#past = begun.filter(phase => phase.length > 0)
  }

  get id(): string {
    return this.start.plan.id
  }

  get kind(): PlanStart["kind"] {
    return this.start.kind
  }

  /** What it asks of one instance, as long as it is on its way there. */
  get asks(): PlanStart["asked"] {
    return this.isGoingBack || this.#end !== undefined ? undefined : this.start.asked
  }

  /** It is being taken back, or is about to be: of several that fail at once the first decides. */
  get isGoingBack(): boolean {
    return this.#goesBack || this.undoing !== undefined
  }

  goBack(): void {
    this.#goesBack = true
  }

  /** True until something was retired: a failure is taken back, not worked around. */
  get canGoBack(): boolean {
    const touched = this.#past.flat().filter(step => step.state === "done" || step.state === "running")
    return this.kind === "change" && touched.every(step => building.has(step.kind) || clearing.has(step.kind))
  }

  /** What is left according to the newest plan. */
  forecast(phases: readonly Phase[], inFlight: ReadonlySet<string>): void {
    const rest = phases.map(phase => phase.filter(step => !inFlight.has(stepKey(step))))
    this.#future = viewPhases(rest.filter(phase => phase.length > 0))
  }

  /** `phase`: the first phase of the newest plan; what it shares with steps under way runs beside them. */
  launch(steps: readonly Step[], phase: readonly Step[] = steps): void {
    // A step that is tried again replaces its failed try.
    for (const step of steps) this.#remove(step, "failed")
    const views = viewPhases([steps])[0]!.map(view => ({ ...view, state: "running" as const }))
    const current = this.#past.at(-1)
    const keys = new Set(phase.map(stepKey))
    const beside = current?.some(view => view.state === "running" && keys.has(`${view.kind} ${view.id}`))
    if (current !== undefined && beside) current.push(...views)
    else this.#past.push(views)
    const launched = new Set(steps.map(stepKey))
    this.#future = this.#future
      .map(phase => phase.filter(view => !launched.has(`${view.kind} ${view.id}`)))
      .filter(phase => phase.length > 0)
  }

  finish(step: Step, tookMs: number): void {
    this.#set(step, { state: "done", tookMs: Math.round(tookMs) })
    if (this.undoing === undefined) return
    // Taking back is a plan of its own; what it did shows on the step it undid.
    for (const phase of this.#past)
      for (const [index, view] of phase.entries())
        if (view.state === "done" && undoneBy[view.kind].includes(step.kind) && view.id === step.id)
          phase[index] = { ...view, state: "undone" }
  }

  /** True: the plan has failed with it. */
  fail(step: Step, tookMs: number, error: string): boolean {
    this.#set(step, { state: "failed", tookMs: Math.round(tookMs), error })
    const tries = (this.#tries.get(stepKey(step)) ?? 0) + 1
    this.#tries.set(stepKey(step), tries)
    return (this.kind === "repair" || this.asks !== undefined) && tries >= (triesOf[step.kind] ?? 1)
  }

  /** Given up because the world moved: as if it had never been begun. */
  drop(step: Step): void {
    this.#remove(step, "running")
  }

  end(state: "done" | "undone" | "failed", atMs: number): void {
    this.#future = []
    this.#end = { state, finishedAtMs: atMs }
  }

  view(): PlanView {
    const error = this.undoing ?? this.failure
    return {
      ...this.start.plan,
      phases: [...this.#past, ...this.#future],
      state: this.undoing === undefined ? "running" : "undoing",
      ...this.#end,
      ...(error === undefined ? {} : { error }),
    }
  }

  #remove(step: Step, state: StepView["state"]): void {
    this.#past = this.#past
      .map(phase => phase.filter(view => !(isView(view, step) && view.state === state)))
      .filter(phase => phase.length > 0)
  }

  #set(step: Step, change: Partial<StepView>): void {
    for (const phase of this.#past) {
      const index = phase.findLastIndex(view => isView(view, step) && view.state === "running")
      if (index >= 0) phase[index] = { ...phase[index]!, ...change }
    }
  }
}

function isView(view: StepView, step: Step): boolean {
  return view.kind === step.kind && view.id === step.id
}
