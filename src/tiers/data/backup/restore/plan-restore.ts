import { formatLsn, type Lsn, latestLsn, parseLsn } from "../../postgres/replication/lsn.ts"
import type { ArchiveState } from "../archive/archive-state.ts"
import {
  type Fork,
  partsOf,
  segmentName,
  segmentOf,
  type WalObjects,
  type WalPart,
} from "../archive/wal-objects.ts"
import { backupError } from "../backup-errors.ts"
import type { BaseBackup } from "../base/base-backups.ts"
import { type Moment, wordsOf, wordsOfTime } from "./moment.ts"

/** What a target holds, as it was looked at once: nothing that comes later is restored. */
export type Holdings = {
  readonly target: string
  /** Oldest first. */
  readonly backups: readonly BaseBackup[]
  readonly wal: WalObjects
  readonly state: ArchiveState | undefined
}

/** One file of the log: the parts that make it up; what is beyond them is not written yet. */
export type WalFile = { readonly name: string; readonly parts: readonly WalPart[]; readonly bytes: number }

export type RestorePlan = {
  readonly moment: Moment
  readonly backup: BaseBackup
  /** What recovery follows to its end, or to the moment. */
  readonly timeline: number
  /** The newest that was ever archived: what is written after the restore must be on a newer one. */
  readonly newestTimeline: number
  /** In the order of the log. None for the state of a backup: it holds its own. */
  readonly files: readonly WalFile[]
  /** Where the archived log ends. */
  readonly end: Lsn
  /** Everything committed until then is in it, for all that was written down; it may reach some seconds further. */
  readonly coveredToMs: number
  /** The file after `end`, where there is more of the log behind a hole: only what lies before it can be reached. */
  readonly missing?: string
}

/** What may be archived and not yet be written down (archive-state.ts), generously. */
const slackMs = 60_000

/** The newest timeline that there is, unless another one is asked for. */
export function timelineOf({ backups, wal }: Holdings): number {
  return Math.max(
    ...backups.map(({ timeline }) => timeline),
    ...wal.parts.map(({ timeline }) => timeline),
    ...wal.histories,
  )
}

/** Which backup, and which log. Throws BN2411 to BN2416. `forks` is the history of `timeline`. */
export function planRestore(
  moment: Moment,
  holdings: Holdings,
  timeline: number,
  forks: readonly Fork[],
): RestorePlan {
  const { target, state } = holdings
  const backups = holdings.backups.filter(backup => isOn(backup, timeline, forks))
  if (holdings.backups.length === 0) throw backupError("BN2412", { target })
  const newestTimeline = timelineOf(holdings)
  if (moment.kind === "backup") {
    const backup = holdings.backups.find(({ name }) => name === moment.name)
    if (backup === undefined) throw backupError("BN2411", { text: moment.name })
    return {
      moment,
      backup,
      timeline: backup.timeline,
      newestTimeline,
      files: [],
      end: parseLsn(backup.endLsn),
      coveredToMs: backup.endedAtMs,
    }
  }
  const [first] = backups
  if (first === undefined) throw backupError("BN2412", { target: `timeline ${timeline} of ${target}` })
  const isAsked = moment.kind === "time"
  if (isAsked && moment.atMs < first.endedAtMs)
    throw backupError("BN2413", { wanted: wordsOf(moment), first: wordsOfTime(first.endedAtMs) })
  const backup = isAsked ? backups.findLast(({ endedAtMs }) => endedAtMs <= moment.atMs)! : backups.at(-1)!
  const reachedMs = Math.max(backup.endedAtMs, state?.atMs ?? 0)
  const isNewest = state === undefined || state.timeline <= timeline
  if (isAsked && isNewest && moment.atMs > reachedMs + slackMs)
    throw backupError("BN2414", { wanted: wordsOf(moment), last: wordsOfTime(reachedMs) })
  const { files, end, hasMore } = logFrom(backup, holdings, timeline, forks)
  const promised = state?.timeline === timeline ? state.lsn : 0n
  const isWhole = !hasMore && end >= promised
  const missing = isWhole ? undefined : missingName(timeline, end, backup)
  if (!isAsked && missing !== undefined)
    throw backupError("BN2416", { target, name: missing, wanted: wordsOf(moment) })
  // What was written down of a newer timeline says nothing of this one, which had ended by then.
  const coveredToMs = isNewest ? reachedMs : Number.POSITIVE_INFINITY
  const found = { moment, backup, timeline, newestTimeline, files, end, coveredToMs }
  return missing === undefined ? found : { ...found, missing }
}

/** Whether replaying its timeline leads to that one, and it was whole before they parted. */
function isOn(backup: BaseBackup, timeline: number, forks: readonly Fork[]): boolean {
  if (backup.timeline === timeline) return true
  const left = forks.find(fork => fork.timeline === backup.timeline)
  return left !== undefined && parseLsn(backup.endLsn) <= left.at
}

/** Every file from the backup's beginning to the end of the log; each on the newest timeline that has it. */
function logFrom(backup: BaseBackup, holdings: Holdings, timeline: number, forks: readonly Fork[]) {
  const { segmentBytes } = backup
  const { wal } = holdings
  const size = BigInt(segmentBytes)
  const files: WalFile[] = []
  let end = parseLsn(backup.endLsn)
  // What the backup holds itself may be missing here.
  for (let segment = segmentOf(parseLsn(backup.startLsn), segmentBytes); ; segment += size) {
    const found = fileAt(segment)
    if (found === undefined) {
      if (segment + size <= end) continue
      break
    }
    files.push({ ...found, name: segmentName(found.timeline, segment, segmentBytes) })
    const reached = segment + BigInt(found.bytes)
    if (reached > end) end = reached
    if (found.bytes < segmentBytes && reached >= end) break
  }
  const hasMore = segmentOf(end, segmentBytes) + size <= lastSegment(wal, timeline)
  return { files, end, hasMore }

  function fileAt(segment: Lsn) {
    const line = [timeline, ...forks.toReversed().map(fork => fork.timeline)]
    for (const each of line) {
      const begin =
        each === 1
          ? 0n
          : (forks[forks.findIndex(fork => fork.timeline === each) - 1]?.at ?? forks.at(-1)?.at ?? 0n)
      if (segment + size <= begin) continue
      const { parts, to } = partsOf(wal, each, segment)
      if (to > 0) return { timeline: each, parts, bytes: to }
    }
    return undefined
  }
}

function lastSegment({ parts }: WalObjects, timeline: number): Lsn {
  const segments = parts.filter(part => part.timeline === timeline).map(({ segment }) => segment)
  return latestLsn(segments) ?? 0n
}

function missingName(timeline: number, end: Lsn, { segmentBytes }: BaseBackup): string {
  const name = segmentName(timeline, segmentOf(end, segmentBytes), segmentBytes)
  return `wal/${name}.zst (from ${formatLsn(end)})`
}
