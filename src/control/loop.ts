import type { Clock } from "../kit/clock.ts"
import { type BanyanError, isBanyanError, messageOf } from "../kit/errors.ts"
import type { Log } from "../telemetry/log.ts"
import type { Topology } from "../topology/topology.ts"
import type { PlanView } from "../wire/admin.ts"
import { PlanRun } from "./apply/plan-run.ts"
import { runStep } from "./apply/run-step.ts"
import type { StepContext } from "./apply/step-context.ts"
import { controlError } from "./control-errors.ts"
import type { PlanStart } from "./journal/journal-record.ts"
import type { JournalWriter } from "./journal/journal-writer.ts"
import { primaryOf } from "./observe/database-watch.ts"
import type { Wish } from "./plan/asked.ts"
import { wantedIds } from "./plan/buckets.ts"
import { type Plan, plan } from "./plan/plan.ts"
import { type Step, stepKey } from "./plan/steps.ts"
import { toBanyanError, unmetWish } from "./step-error.ts"

export type LoopOptions = {
  readonly context: StepContext
  readonly journal: JournalWriter
  readonly clock: Clock
  readonly log: Log
  /** Describes a plan nobody asked for. */
  readonly repair: (desired: Topology, plan: Plan) => PlanStart
  /** Brings the overrides back to what they were before a change that is taken back. */
  readonly restore: (start: PlanStart) => Promise<void>
  /** Whether the overrides of a change are on disk: until then only its plan in the journal says what is wanted. */
  readonly isKept: () => boolean
  readonly onPlan: (view: PlanView) => void
  readonly onDeposed: (error: BanyanError) => void
}

type InFlight = { readonly step: Step; readonly abort: AbortController; run: PlanRun }

/** A step that failed and would be tried again at once waits this long. */
const retryAfterMs = 1_000
/** Errors that say: somebody else is control now. */
const deposingCodes: ReadonlySet<string> = new Set(["BN1401", "BN1321", "BN1322"])

/**
 * Observe, plan, apply, again and again, woken by events. Each pass plans anew from what is and launches the first
 * phase's steps that are not under way yet; a step the newest plan no longer holds is given up. So a plan is never
 * stale, and a control plane that died is continued by any other.
 */
export class ControlLoop {
  readonly #options: LoopOptions
  readonly #inFlight = new Map<string, InFlight>()
  readonly #notBefore = new Map<string, number>()
  #desired: Topology
  #run: PlanRun | undefined
  #lastPlan: PlanView | undefined
  #serial: Promise<unknown> = Promise.resolve()
  #wakePending = false
  #cancelTimer: (() => void) | undefined
  #stopped = false

  constructor(options: LoopOptions, desired: Topology, lastPlan: PlanView | undefined) {
    this.#options = options
    this.#desired = desired
    this.#lastPlan = lastPlan
  }

  get desired(): Topology {
    return this.#desired
  }
  get run(): PlanRun | undefined {
    return this.#run
  }
  get lastPlan(): PlanView | undefined {
    return this.#lastPlan
  }

  /** Nothing is under way and nothing is left to do. */
  get settled(): boolean {
    const { phases, wakeAtMs } = this.forecast(this.#desired)
    const isIdle = this.#run === undefined && this.#inFlight.size === 0
    return isIdle && phases.length === 0 && wakeAtMs === undefined
  }

  /** With what the running change wishes of single instances, or another one would. */
  forecast(desired: Topology, { primary, asked }: Wish = { primary: this.#run?.start.primary }): Plan {
    const { world, clock, drainDeadlineMs } = this.#options.context
    const rules = { primary, underWay: new Set(this.#inFlight.keys()), drainDeadlineMs: drainDeadlineMs() }
    return plan(desired, world.observed(asked), clock.monotonicMs(), rules)
  }

  /** Something happened: one pass comes soon, however often this is called before it. */
  wake(): void {
    if (this.#wakePending || this.#stopped) return
    this.#wakePending = true
    this.exclusively(async () => {
      this.#wakePending = false
      await this.#pass()
    }).catch(error => this.#trouble(error))
  }

  /** Runs between passes, never during one. */
  exclusively<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#serial.then(act)
    this.#serial = result.catch(error => this.#checkDeposed(error))
    return result
  }

  /**
   * Begins a plan, or goes on with one of an earlier control plane. Call within `exclusively`. What somebody asked for
   * and the journal does not take is refused (BN1320); a repair waits for the journal.
   */
  async begin(
    start: PlanStart,
    options: { resumedBecause?: PlanRun["undoing"]; resumed: boolean },
  ): Promise<PlanRun> {
    const { journal } = this.#options
    if (!options.resumed) await (start.kind === "repair" ? journal.append(start) : journal.appendOnce(start))
    if (this.#run !== undefined) await this.#supersede(this.#run, start)
    const run = new PlanRun(start)
    run.undoing = options.resumedBecause
    this.#desired = run.undoing === undefined ? start.desired : start.previous
    this.#run = run
    for (const flight of this.#inFlight.values()) {
      flight.run = run
      run.launch([flight.step])
    }
    run.forecast(this.forecast(this.#desired).phases, new Set(this.#inFlight.keys()))
    this.#options.onPlan(run.view())
    this.wake()
    return run
  }

  /** Acts no more. Steps under way are given up where they stand. */
  stop(): void {
    this.#stopped = true
    this.#cancelTimer?.()
    for (const { abort } of this.#inFlight.values()) abort.abort()
  }

  async #pass(): Promise<void> {
    if (this.#stopped) return
    const next = this.forecast(this.#desired)
    this.#giveUpObsolete(next)
    const idle = this.#inFlight.size === 0
    const finished = next.phases.length === 0 && next.wakeAtMs === undefined
    if (finished && idle && this.#run !== undefined)
      this.#run.failure ??= unmetWish(this.#run.start, primaryOf(this.#options.context.world.map)?.id)
    const isKept = this.#run?.kind !== "change" || this.#options.isKept()
    if (idle && this.#run !== undefined && ((finished && isKept) || this.#run.failure !== undefined))
      return this.#end(this.#run)
    if (next.phases.length > 0) await this.#advance(next)
    this.#armTimer(next.wakeAtMs)
  }

  async #advance(next: Plan): Promise<void> {
    const run = this.#run ?? (await this.#beginRepair(next))
    const steps = this.#launchable(next)
    if (steps.length > 0) {
      const refs = steps.map(({ kind, id }) => ({ kind, id }))
      await this.#options.journal.append({ type: "step-intent", plan: run.id, steps: refs })
    }
    // Writing took a moment: only what a plan made now still holds is done.
    const now = this.forecast(this.#desired)
    const held = new Set((now.phases[0] ?? []).map(stepKey))
    const certain = steps.filter(step => held.has(stepKey(step)))
    if (this.#stopped) return
    run.forecast(now.phases, new Set(this.#inFlight.keys()))
    if (certain.length > 0) run.launch(certain, now.phases[0])
    this.#options.onPlan(run.view())
    for (const step of certain) void this.#carryOut(run, step)
    if (certain.length < steps.length) this.wake()
  }

  /** Steps of the first phase that are not under way, whose instance is free, and that did not fail just now. */
  #launchable(next: Plan): Step[] {
    const nowMs = this.#options.clock.monotonicMs()
    const planned = new Set(next.phases.flat().map(stepKey))
    const busy = new Set(
      [...this.#inFlight].filter(([key]) => !planned.has(key)).map(([, flight]) => flight.step.id),
    )
    const underWay = new Set([...this.#inFlight.values()].map(({ step }) => step.id))
    return (next.phases[0] ?? []).filter(step => {
      const key = stepKey(step)
      // Whoever started a process that has ended already still has to see how.
      if (step.kind === "forget" && underWay.has(step.id)) return false
      if (this.#inFlight.has(key) || busy.has(step.id)) return false
      // A start that was given up may yet bring somebody to life who uses the database.
      if (step.reason === "lastOut" && busy.size > 0) return false
      return (this.#notBefore.get(key) ?? 0) <= nowMs
    })
  }

  #giveUpObsolete(next: Plan): void {
    const planned = new Set(next.phases.flat().map(stepKey))
    for (const [key, { step, abort }] of this.#inFlight) {
      // A process that a stop has just ended looks like any dead one: what is left to forget is the stop's own work.
      const isEnding = step.kind === "stop" && planned.has(stepKey({ kind: "forget", id: step.id }))
      if (!planned.has(key) && !isEnding) abort.abort()
    }
  }

  async #carryOut(run: PlanRun, step: Step): Promise<void> {
    const { context, clock, journal } = this.#options
    const key = stepKey(step)
    const flight: InFlight = { step, abort: new AbortController(), run }
    this.#inFlight.set(key, flight)
    const startedMs = clock.monotonicMs()
    const tookMs = () => clock.monotonicMs() - startedMs
    try {
      const outcome = await runStep(step, context, flight.abort.signal)
      if (this.#stopped) return
      if (outcome === "given-up") flight.run.drop(step)
      else {
        const { kind, id } = step
        flight.run.finish(step, tookMs())
        await journal.append({ type: "step-done", plan: flight.run.id, step: { kind, id } })
      }
    } catch (error) {
      await this.#stepFailed(flight, tookMs(), error).catch(worse => this.#trouble(worse))
    } finally {
      this.#inFlight.delete(key)
      this.wake()
    }
  }

  async #stepFailed({ step, run }: InFlight, tookMs: number, thrown: unknown): Promise<void> {
    const error = toBanyanError(step, thrown)
    if (this.#stopped || deposingCodes.has(error.code)) return this.#trouble(error)
    const { code, message, todo } = error
    const { kind, id } = step
    this.#options.log.error({ err: thrown, plan: run.id, step: stepKey(step) }, message)
    const isOver = run.fail(step, tookMs, message)
    await this.#options.journal.append({
      type: "step-failed",
      plan: run.id,
      step: { kind, id },
      error: { code, message, todo },
    })
    if (kind !== "start") this.#notBefore.set(stepKey(step), this.#options.clock.monotonicMs() + retryAfterMs)
    const former = wantedIds(run.start.previous, this.#options.context.world.observed(null).instances)
    if (run === this.#run && !run.isGoingBack && run.canGoBack && !former.includes(id))
      await this.#takeBack(run, { code, message, todo })
    else if (isOver || (kind === "switch-over" && run.start.primary !== undefined))
      run.failure ??= { code, message, todo }
  }

  async #takeBack(run: PlanRun, error: NonNullable<PlanRun["undoing"]>): Promise<void> {
    run.goBack()
    // Shown when it is certain: until it is in the journal, the next control plane would still finish the plan.
    await this.#options.journal.append({ type: "plan-undoing", plan: run.id, error })
    run.undoing ??= error
    this.#desired = run.start.previous
    await this.#options.restore(run.start)
  }

  async #beginRepair(next: Plan): Promise<PlanRun> {
    return this.begin(this.#options.repair(this.#desired, next), { resumed: false })
  }

  async #supersede(run: PlanRun, by: PlanStart): Promise<void> {
    const { code, message, todo } = controlError("BN1315", { trigger: by.plan.trigger })
    run.failure = { code, message, todo }
    for (const { step } of this.#inFlight.values()) run.drop(step)
    await this.#end(run)
  }

  async #end(run: PlanRun): Promise<void> {
    const state = run.undoing !== undefined ? "undone" : run.failure !== undefined ? "failed" : "done"
    run.end(state, this.#options.clock.nowMs())
    const view = run.view()
    await this.#options.journal.append({ type: "plan-end", plan: run.id, state, view })
    this.#lastPlan = view
    if (this.#run === run) this.#run = undefined
    this.wake()
    this.#options.onPlan(view)
    this.#options.log.info({ plan: run.id, state, trigger: view.trigger }, "plan ended")
  }

  #armTimer(wakeAtMs: number | undefined): void {
    const { clock } = this.#options
    const nowMs = clock.monotonicMs()
    for (const [key, atMs] of this.#notBefore) if (atMs <= nowMs) this.#notBefore.delete(key)
    const times = [...this.#notBefore.values(), ...(wakeAtMs === undefined ? [] : [wakeAtMs])]
    this.#cancelTimer?.()
    this.#cancelTimer =
      times.length === 0 ? undefined : clock.after(Math.max(1, Math.min(...times) - nowMs), () => this.wake())
  }

  #checkDeposed(error: unknown): void {
    if (this.#stopped || !isBanyanError(error) || !deposingCodes.has(error.code)) return
    this.stop()
    this.#options.onDeposed(error)
  }

  #trouble(error: unknown): void {
    this.#checkDeposed(error)
    if (this.#stopped) return
    this.#options.log.error({ err: error }, `control: ${messageOf(error)}`)
    this.#cancelTimer?.()
    this.#cancelTimer = this.#options.clock.after(retryAfterMs, () => this.wake())
  }
}
