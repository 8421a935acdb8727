import { backupError } from "../backup-errors.ts"
import { isBackupName } from "../base/base-backups.ts"

/** What a database is to be restored to. */
export type Moment =
  | { readonly kind: "latest" }
  /** The state at the end of one base backup. */
  | { readonly kind: "backup"; readonly name: string }
  /** Everything committed until then, and at that very moment too. Epoch milliseconds. */
  | { readonly kind: "time"; readonly atMs: number }

const timePattern =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,3})?)?\s*(Z|[+-][0-9]{2}:[0-9]{2})?)?$/

/** `latest`, a backup's name, or a time of ISO 8601, in UTC when it has no offset. Throws BN2411, BN2415. */
export function parseMoment(text: string, nowMs: number): Moment {
  const said = text.trim()
  if (said === "latest") return { kind: "latest" }
  if (isBackupName(said)) return { kind: "backup", name: said }
  const atMs = timeOf(said)
  if (atMs === undefined) throw backupError("BN2411", { text })
  if (atMs > nowMs)
    throw backupError("BN2415", { wanted: wordsOfTime(atMs), now: new Date(nowMs).toISOString() })
  return { kind: "time", atMs }
}

/** Undefined where a number of it is out of its range: Date would take February 30 for March 2. */
function timeOf(text: string): number | undefined {
  const found = timePattern.exec(text)
  if (found === null) return undefined
  const [, year, month, day, hour = "00", minute = "00", second = "00", part = "", offset = "Z"] = found
  const atMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${part}${offset}`)
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  return Number.isNaN(atMs) || date.getUTCDate() !== Number(day) ? undefined : atMs
}

export function wordsOfTime(atMs: number): string {
  return new Date(atMs).toISOString()
}

export function wordsOf(moment: Moment): string {
  if (moment.kind === "latest") return "latest"
  return moment.kind === "backup" ? `the backup ${moment.name}` : wordsOfTime(moment.atMs)
}
