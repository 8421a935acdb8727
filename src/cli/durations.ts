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

/** Short and readable: `12 ms`, `1.2 s`, `3 min 5 s`, `2 h 4 min`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 60) return `${minutes} min ${Math.round((ms % 60_000) / 1000)} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
