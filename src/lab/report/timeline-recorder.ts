import type { PlanView, StepView } from "../../wire/admin.ts"
import type { LoadTick } from "../load/load.ts"
import type { Timeline, TimelineEpisode, TimelineFault, TimelineStep, TimelineTick } from "./timeline.ts"

type Moment = { readonly tick: TimelineTick; readonly fault: TimelineFault | undefined }

type SeenStep = { -readonly [key in keyof TimelineStep]: TimelineStep[key] }

/** Gathers a drill's timeline while it runs. Moments come in as milliseconds since the epoch; no clock, no I/O. */
export class TimelineRecorder {
  readonly tickMs = 250
  readonly #startedAtMs: number
  readonly #onTick: ((moment: Moment) => void) | undefined
  readonly #ticks: TimelineTick[] = []
  readonly #faults: TimelineFault[] = []
  readonly #steps = new Map<string, SeenStep>()
  readonly #episodes: TimelineEpisode[] = []
  #episodeStartMs = 0

  /** `onTick` hears of each tick of the load, with the latest fault of the same episode. */
  constructor(startedAtMs: number, onTick?: (moment: Moment) => void) {
    this.#startedAtMs = startedAtMs
    this.#onTick = onTick
  }

  /** A load begins, and with it an episode. Gives back who hears its ticks. */
  loadBegan(atMs: number): (tick: LoadTick) => void {
    const beganMs = this.#since(atMs)
    this.#episodeStartMs = beganMs
    return ({ atMs, sent, ok, failed, latencyMs }) => {
      const isAnswered = latencyMs.count > 0
      const tick = {
        atMs: beganMs + Math.round(atMs),
        sent,
        ok,
        failed,
        p50Ms: isAnswered ? latencyMs.p50 : null,
        p99Ms: isAnswered ? latencyMs.p99 : null,
      }
      this.#ticks.push(tick)
      const fault = this.#faults.at(-1)
      this.#onTick?.({ tick, fault: fault && fault.atMs >= beganMs ? fault : undefined })
    }
  }

  /** What struck whom: `kill`, `web-2`. */
  fault(atMs: number, what: string, whom: string): void {
    this.#faults.push({ atMs: this.#since(atMs), what, whom })
  }

  /** A plan as it was at a moment. Later views of the same plan tell when its steps began and ended. */
  plan(atMs: number, plan: PlanView): void {
    const now = this.#since(atMs)
    for (const [nth, phase] of plan.phases.entries())
      for (const step of phase)
        if (step.state !== "pending") this.#step(`${plan.id} ${nth} ${step.kind} ${step.id}`, now, plan, step)
  }

  episodeEnded(atMs: number, name: string): void {
    this.#episodes.push({ name, startMs: this.#episodeStartMs, endMs: this.#since(atMs) })
  }

  timeline(endedAtMs: number): Timeline {
    return {
      startedAtMs: this.#startedAtMs,
      tookMs: this.#since(endedAtMs),
      tickMs: this.tickMs,
      ticks: [...this.#ticks],
      faults: [...this.#faults],
      steps: this.#stepsOfDrill().sort((one, other) => one.startMs - other.startMs),
      episodes: [...this.#episodes],
    }
  }

  /** The plan that started the service was over before the drill began. */
  #stepsOfDrill(): TimelineStep[] {
    return [...this.#steps.values()].filter(({ endMs }) => endMs !== 0)
  }

  #step(key: string, now: number, plan: PlanView, { kind, id, state, tookMs = 0 }: StepView): void {
    const isOver = state !== "running"
    const step = this.#steps.get(key) ?? {
      plan: plan.id,
      trigger: plan.trigger,
      kind,
      id,
      // A step nobody saw running began as long ago as it says it took.
      startMs: isOver ? Math.max(0, now - Math.round(tookMs)) : now,
      endMs: null,
      state,
    }
    this.#steps.set(key, step)
    step.state = state
    if (isOver) step.endMs ??= now
  }

  #since(atMs: number): number {
    return Math.max(0, Math.round(atMs - this.#startedAtMs))
  }
}
