import type { CrashCount } from "./observed.ts"

/** Waits before the first, second, ... start after as many exits in a row; the last one repeats. */
const waitsMs = [0, 200, 500, 1000, 2000, 5000] as const

/** A process that has lived this long was no crash loop: its next exit is counted as the first again. */
export const goodLifeMs = 10_000

/** The earliest moment at which an instance with these exits may start (0: at once). */
export function mayStartAtMs(crash: CrashCount | undefined): number {
  if (crash === undefined || crash.count <= 1) return 0
  const waitMs = waitsMs[Math.min(crash.count, waitsMs.length) - 1] ?? 0
  return crash.lastAtMs + waitMs
}

export function countCrash(before: CrashCount | undefined, livedMs: number, nowMs: number): CrashCount {
  const row = before === undefined || livedMs >= goodLifeMs ? 0 : before.count
  return { count: row + 1, lastAtMs: nowMs }
}
