/** What one backend did in one window of time. */
export type LatencyWindow = {
  /** Median time from a whole request to the head of its answer. */
  readonly medianMs: number
  /** Most requests that waited for a head at once. */
  readonly peak: number
}

export type LimitBounds = { readonly least: number; readonly most: number }

export type ConcurrencyLimit = {
  /** So many requests may wait for this backend at once. */
  readonly limit: number
  /** What an answer takes when none waits behind another; undefined before the first window. */
  readonly baseMs: number | undefined
  /** Windows in a row that reached the limit. */
  readonly boundFor: number
  /** The limit is pulled down for a window, to see what an answer takes without a queue. */
  readonly probing: boolean
}

/** A queue as long as the work itself is room for bursts; a longer one only makes everybody wait. */
const tolerance = 2
/** How fast the base follows answers that became slower without a queue in sight. */
const follow = 0.05
const probeEvery = 30
const probeShare = 0.25

export function initialLimit({ most }: LimitBounds): ConcurrencyLimit {
  return { limit: most, baseMs: undefined, boundFor: 0, probing: false }
}

/**
 * The limit after one more window: a gradient, after Netflix's concurrency-limits and Envoy's adaptive concurrency.
 *
 * It is wide open until answers take more than twice their base with many under way; then it falls in proportion,
 * from what was really under way. Where it is reached and answers are fast, it grows by its root. While it is reached
 * all the time nothing shows the base any more, so that is probed: one window at a quarter of the limit.
 */
export function nextLimit(
  before: ConcurrencyLimit,
  { medianMs, peak }: LatencyWindow,
  bounds: LimitBounds,
): ConcurrencyLimit {
  const { limit, baseMs = medianMs } = before
  const clamped = (wanted: number) => Math.min(bounds.most, Math.max(bounds.least, wanted))
  if (before.probing)
    return { limit: clamped(limit / probeShare), baseMs: medianMs, boundFor: 0, probing: false }
  const bound = peak >= Math.floor(limit)
  const boundFor = bound ? before.boundFor + 1 : 0
  const base = Math.min(baseMs, medianMs)
  if (boundFor >= probeEvery)
    return { limit: Math.max(1, limit * probeShare), baseMs: base, boundFor: 0, probing: true }
  const gradient = Math.max(0.5, (tolerance * base) / medianMs)
  if (gradient < 1 && peak >= bounds.least)
    return { limit: clamped(Math.min(limit, peak) * gradient), baseMs: base, boundFor, probing: false }
  if (bound) return { limit: clamped(limit + Math.sqrt(limit)), baseMs: base, boundFor, probing: false }
  return { ...before, baseMs: base + (medianMs - base) * follow, boundFor }
}
