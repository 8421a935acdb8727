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

/** The longest time in which no supervisor was born. */
export function longestPauseMs(birthsAtMs: readonly number[], dead: DeadTime): number {
  const moments = [dead.fromMs, ...birthsIn(birthsAtMs, dead), dead.untilMs]
  return Math.max(...moments.slice(1).map((atMs, index) => atMs - moments[index]!))
}

/** Whether the agent hammered, as sentences about what was wrong. */
export function hammering(birthsAtMs: readonly number[], dead: DeadTime): string[] {
  const { length: births } = birthsIn(birthsAtMs, dead)
  const tookMs = dead.untilMs - dead.fromMs
  const most = mostBirths(tookMs) + (dead.firstAtOnce ? 1 : 0)
  return births > most ? [`the agent tried ${births} times in ${tookMs} ms; its back-off allows ${most}`] : []
}

function birthsIn(birthsAtMs: readonly number[], { fromMs, untilMs }: DeadTime): number[] {
  return birthsAtMs.filter(atMs => atMs >= fromMs && atMs <= untilMs)
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
