/**
 * What happened when in a drill, as plain data. Every `…Ms` of a moment counts from `startedAtMs`, which counts from
 * the epoch; load, faults and steps were seen by one clock, the drill's own machine's.
 */
export type Timeline = {
  readonly startedAtMs: number
  readonly tookMs: number
  /** How much time a tick of the load sums up. The last of an episode may be shorter. */
  readonly tickMs: number
  readonly ticks: readonly TimelineTick[]
  readonly faults: readonly TimelineFault[]
  readonly steps: readonly TimelineStep[]
  /** From the first request of an episode to its judgement. */
  readonly episodes: readonly TimelineEpisode[]
}

/** The load's answers that came in `tickMs` before `atMs`. A latency is null where nothing was answered. */
export type TimelineTick = {
  readonly atMs: number
  readonly sent: number
  readonly ok: number
  readonly failed: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

export type TimelineFault = { readonly atMs: number; readonly what: string; readonly whom: string }

/** A step of a plan. `endMs` is null while it ran when the drill ended, or when nobody saw it end. */
export type TimelineStep = {
  readonly plan: string
  readonly trigger: string
  readonly kind: string
  readonly id: string
  readonly startMs: number
  readonly endMs: number | null
  readonly state: string
}

export type TimelineEpisode = { readonly name: string; readonly startMs: number; readonly endMs: number }
