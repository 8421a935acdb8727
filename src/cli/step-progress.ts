import type { InstanceView, PlanView, StepView } from "../wire/admin.ts"

/** A step that takes its time, and what its instance says of it: `copying from postgres-1: 43 % of 61 MiB`. */
export type SlowStep = { readonly step: StepView; readonly progress: string | undefined }

const slowMs = 2000

/**
 * Which steps under way are worth a word: each once it has run for a while, as silence looks like a hang, and then whenever
 * what it says of itself is another thing, seldom enough to be read.
 */
export class StepProgress {
  readonly #known = new Map<string, { toldMs: number; words: string | undefined; told: boolean }>()

  /** `nowMs` of any clock that only goes forward. */
  look(plan: PlanView, instances: readonly InstanceView[], nowMs: number): SlowStep[] {
    return underWay(plan, instances).filter(({ step, progress }) => {
      const key = `${step.kind} ${step.id}`
      const known = this.#known.get(key)
      if (known === undefined) this.#known.set(key, { toldMs: nowMs, words: undefined, told: false })
      if (known === undefined || nowMs - known.toldMs < slowMs) return false
      if (known.told && (progress === undefined || progress === known.words)) return false
      this.#known.set(key, { toldMs: nowMs, words: progress, told: true })
      return true
    })
  }
}

/** Every step under way. An instance's last words are about its start: of later steps it says nothing. */
export function underWay(plan: PlanView, instances: readonly InstanceView[]): SlowStep[] {
  return plan.phases
    .flat()
    .filter(({ state }) => state === "running")
    .map(step => ({
      step,
      progress: step.kind === "start" ? instances.find(({ id }) => id === step.id)?.progress : undefined,
    }))
}
