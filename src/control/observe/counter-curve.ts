import { beatMs } from "../../kit/silence.ts"
import { between, type Counters } from "./counters.ts"

/** Until then everybody who can has said what it had counted at a moment: a report a beat, and one that may be late. */
export const reportedWithinMs = 2 * beatMs

/** As far back as anybody asks, a control plane that stood still for some seconds included. */
const keepMs = 20_000

/**
 * The clock of another process of this machine: it stands elsewhere, but runs no faster. How it stands to ours its quickest
 * word tells best; the others took longer.
 */
export class FarClock {
  #behindMs = Number.POSITIVE_INFINITY

  heard(theirMs: number, ourMs: number): void {
    this.#behindMs = Math.min(this.#behindMs, ourMs - theirMs)
  }

  ourMs(theirMs: number): number {
    return theirMs + this.#behindMs
  }
}

type Point = { readonly countedAtMs: number; readonly clock: FarClock; readonly counters: Counters }

/**
 * Counters that only grow, as of any moment of the last seconds. Each report is a point of the curve, at the moment it was
 * counted, however late it comes; between two points the counters grow evenly. A rate is then the same whenever one looks.
 * After a longer silence nobody knows when its counts were made: they are taken for the last two beats', and what was
 * before them stays the gap that it was while nothing was heard.
 */
export class CounterCurve {
  #points: Point[] = []

  add(point: Point): void {
    this.#points.push(point)
    const fromMs = momentOf(point) - keepMs
    const first = this.#points.findLastIndex(each => momentOf(each) <= fromMs)
    if (first > 0) this.#points = this.#points.slice(first)
  }

  at(momentMs: number): Counters {
    const before = this.#points.findLastIndex(point => momentOf(point) <= momentMs)
    const from = this.#points[before] ?? this.#points[0]
    const to = this.#points[before + 1] ?? from
    if (from === undefined || to === undefined) return {}
    const untilMs = momentOf(to)
    const sinceMs = Math.max(momentOf(from), untilMs - reportedWithinMs)
    if (momentMs <= sinceMs) return from.counters
    return momentMs < untilMs
      ? between(from.counters, to.counters, (momentMs - sinceMs) / (untilMs - sinceMs))
      : to.counters
  }
}

function momentOf({ clock, countedAtMs }: Point): number {
  return clock.ourMs(countedAtMs)
}
