import type { DrillFindings, DrillVerdict, Episode } from "./drill.ts"

/** From here on requests meant for before a fault left after it: drills lead their load in for about a second. */
export const starvedLagMs = 1000
/** One bad second of a long run does not take the rest away. */
const mostStarvedShare = 0.1
/** More episodes than this with late requests, and the latencies of the whole say little. */
const mostLaggingShare = 0.25

export function verdictOf(
  { episodes, skipped }: Pick<DrillFindings, "episodes" | "skipped">,
  violations: readonly string[],
): DrillVerdict {
  if (violations.length > 0) return "failed"
  if (countStarved(episodes) > episodes.length * mostStarvedShare) return "invalid"
  return skipped.length > 0 ? "incomplete" : "passed"
}

/** In how far the load was not what it should have been, as sentences. */
export function lagWords(episodes: readonly Episode[]): string[] {
  const starved = countStarved(episodes)
  const lagging = episodes.filter(({ load }) => load.lagging).length
  const of = `of ${episodes.length} episodes`
  if (starved > 0)
    return [`the load generator was starved (more than ${starvedLagMs} ms late) in ${starved} ${of}`]
  return lagging > episodes.length * mostLaggingShare
    ? [`the load generator was late at times in ${lagging} ${of}`]
    : []
}

function countStarved(episodes: readonly Episode[]): number {
  return episodes.filter(({ load }) => load.lagMs.p99 > starvedLagMs).length
}
