/** How an agent waits before it starts the next supervisor: first this long, then twice as long each time, up to the cap. */
export const patience = { firstMs: 50, capMs: 5000 }

/** What a birth itself may take beyond the wait, on a machine with work to do. */
export const birthMs = 3000

/** A time in which every supervisor died at its birth, and one agent lived. Milliseconds since the epoch. */
export type DeadTime = {
  readonly fromMs: number
  readonly untilMs: number
  /** An agent that finds no supervisor starts the first at once. */
  readonly firstAtOnce: boolean
}

/** Whether the agent kept trying, and did not hammer, as sentences about what was wrong. */
export function patienceViolations(birthsAtMs: readonly number[], dead: DeadTime): string[] {
  const { fromMs, untilMs, firstAtOnce } = dead
  const births = birthsAtMs.filter(atMs => atMs >= fromMs && atMs <= untilMs)
  const moments = [fromMs, ...births, untilMs]
  const longestMs = Math.max(...moments.slice(1).map((atMs, index) => atMs - moments[index]!))
  const most = mostBirths(untilMs - fromMs) + (firstAtOnce ? 1 : 0)
  return [
    ...(longestMs > patience.capMs + birthMs ? [`the agent did not try for ${longestMs} ms`] : []),
    ...(births.length > most
      ? [`the agent tried ${births.length} times in ${untilMs - fromMs} ms; its back-off allows ${most}`]
      : []),
  ]
}

/** How many births the waits leave room for if a birth and a death take no time at all. */
function mostBirths(ms: number): number {
  let count = 0
  let waitMs = patience.firstMs
  for (let leftMs = ms - waitMs; leftMs >= 0; leftMs -= waitMs) {
    count++
    waitMs = Math.min(patience.capMs, waitMs * 2)
  }
  return count
}
