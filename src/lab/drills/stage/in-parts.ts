import type { Timeline } from "../../report/timeline.ts"
import type { DrillContext, DrillFindings } from "../drill.ts"

type Part = () => Promise<DrillFindings>

/** A drill of several parts, each on a service of its own, one after the other: what all of them found. */
export async function inParts(
  [first, ...others]: readonly [Part, ...Part[]],
  { untilViolation }: Pick<DrillContext, "untilViolation">,
): Promise<DrillFindings> {
  let found = await first()
  for (const part of others)
    if (untilViolation !== true || !hasViolations(found)) found = joined(found, await part())
  return found
}

function hasViolations({ episodes, verdicts }: DrillFindings): boolean {
  return episodes.some(({ violations }) => violations.length > 0) || verdicts.some(({ ok }) => !ok)
}

export function joined(one: DrillFindings, other: DrillFindings): DrillFindings {
  return {
    n: one.n + other.n,
    episodes: [...one.episodes, ...other.episodes],
    verdicts: [...one.verdicts, ...other.verdicts],
    skipped: [...one.skipped, ...other.skipped],
    measuredMs: { ...one.measuredMs, ...other.measuredMs },
    timeline: joinedTimelines(one.timeline, other.timeline),
  }
}

/** Moments count from the beginning of the first. */
function joinedTimelines(one: Timeline, other: Timeline): Timeline {
  const byMs = other.startedAtMs - one.startedAtMs
  const moved = <Moment extends { readonly atMs: number }>(moments: readonly Moment[]) =>
    moments.map(moment => ({ ...moment, atMs: moment.atMs + byMs }))
  return {
    startedAtMs: one.startedAtMs,
    tookMs: byMs + other.tookMs,
    tickMs: one.tickMs,
    ticks: [...one.ticks, ...moved(other.ticks)],
    faults: [...one.faults, ...moved(other.faults)],
    steps: [
      ...one.steps,
      ...other.steps.map(({ startMs, endMs, ...step }) => {
        return { ...step, startMs: startMs + byMs, endMs: endMs === null ? null : endMs + byMs }
      }),
    ],
    episodes: [
      ...one.episodes,
      ...other.episodes.map(({ name, startMs, endMs }) => {
        return { name, startMs: startMs + byMs, endMs: endMs + byMs }
      }),
    ],
  }
}
