import { formatDuration } from "../durations.ts"

type Listed = {
  readonly name: string
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly bytes: number
  readonly storedBytes: number
  readonly timeline: number
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(bytes < 10 * 1024 ** 2 ? 1 : 0)} MB`
}

export function timeWords(atMs: number): string {
  return new Date(atMs).toISOString()
}

export function backupRows(backups: readonly Listed[]): string[][] {
  return backups.map(({ name, endedAtMs, bytes, storedBytes, timeline }) => [
    name,
    timeWords(endedAtMs),
    megabytes(bytes),
    megabytes(storedBytes),
    String(timeline),
  ])
}

/** From when to when any moment can be restored. */
export function reachWords(
  backups: readonly Listed[],
  archivedToMs: number | undefined,
  nowMs: number,
): string {
  const [first] = backups
  if (first === undefined) return "nothing can be restored yet"
  if (archivedToMs === undefined)
    return "no log is archived: the backups themselves can be restored, no moment between"
  if (archivedToMs <= first.endedAtMs)
    return `the moment ${timeWords(first.endedAtMs)}; later ones once the log since then is archived, in some seconds`
  const ago = formatDuration(Math.max(0, nowMs - archivedToMs))
  return `any moment from ${timeWords(first.endedAtMs)} to ${timeWords(archivedToMs)} (${ago} ago)`
}
