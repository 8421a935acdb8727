import { cliError } from "./cli-errors.ts"

const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** `90s`, `1.5m`, `250ms` as milliseconds; a bare number counts seconds. Throws BN3203. */
export function parseDurationMs(argument: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text)
  if (match === null) {
    throw cliError("BN3203", { argument, expected: "a duration such as 250ms, 90s or 5m", got: text })
  }
  return Math.round(Number(match[1]) * unitsMs[(match[2] ?? "s") as keyof typeof unitsMs])
}

/** The same, from least to most. Throws BN3203. */
export function parseDurationWithin(
  argument: string,
  text: string,
  { leastMs, mostMs }: { readonly leastMs: number; readonly mostMs: number },
): number {
  const ms = parseDurationMs(argument, text)
  if (ms >= leastMs && ms <= mostMs) return ms
  const expected = `from ${formatDuration(leastMs)} to ${formatDuration(mostMs)}`
  throw cliError("BN3203", { argument, expected, got: text })
}

/** Short and readable: `12 ms`, `1.2 s`, `3 min 5 s`, `2 h 4 min`. */
export function formatDuration(ms: number): string {
  // Each bound is where rounding would show the next unit: never `1000 ms`, never `1 min 60 s`.
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
