import type { TimelineTick } from "../../report/timeline.ts"

const windowMs = 5000
/** While one of four stands still its share waits until it is found out, and is answered then. */
const leastShare = 0.75

/** Windows of five seconds in which too few requests were answered, as sentences. The last one may be shorter: left out. */
export function goodputViolations(ticks: readonly TimelineTick[]): string[] {
  const firstMs = ticks[0]?.atMs ?? 0
  const windows = Map.groupBy(ticks, ({ atMs }) => Math.floor((atMs - firstMs) / windowMs))
  return [...windows.values()].slice(0, -1).flatMap(window => {
    const sum = (pick: (tick: TimelineTick) => number) =>
      window.reduce((total, tick) => total + pick(tick), 0)
    const [sent, ok] = [sum(tick => tick.sent), sum(tick => tick.ok)]
    const untilMs = window.at(-1)!.atMs
    return ok >= sent * leastShare
      ? []
      : [`only ${ok} of ${sent} requests were answered in the five seconds until ${untilMs} ms`]
  })
}
