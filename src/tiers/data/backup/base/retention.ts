import { compareLsn, parseLsn } from "../../postgres/replication/lsn.ts"
import { walObjects, walPrefix } from "../archive/wal-objects.ts"
import type { BackupTarget, StoredObject } from "../target/backup-target.ts"
import { type BaseBackup, backupObjects, basePrefix, listBackups } from "./base-backups.ts"

/**
 * What may go when `keep` backups are kept, in the order to delete it: the oldest backups, what is left of those that
 * never were one and are older than the oldest kept, and the log that none of the kept ones needs, on whatever timeline.
 */
export function expired(
  backups: readonly BaseBackup[],
  stored: readonly StoredObject[],
  keep: number,
): readonly string[] {
  const sorted = backups.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const kept = sorted.slice(-keep)
  const [oldest] = kept
  if (oldest === undefined) return []
  // Its description first: from then on it is no backup any more, however far this comes.
  const old = sorted.slice(0, -keep).flatMap(({ name }) => Object.values(backupObjects(name)).toReversed())
  const remains = stored
    .filter(({ name }) => name.startsWith(basePrefix) && (name.split("/")[1] ?? "") < oldest.name)
    .map(({ name }) => name)
  const needed = kept.map(({ startLsn }) => parseLsn(startLsn)).toSorted(compareLsn)[0]!
  const { parts } = walObjects(stored, oldest.segmentBytes)
  const log = parts
    .filter(({ segment }) => segment + BigInt(oldest.segmentBytes) <= needed)
    .map(({ name }) => name)
  return [...new Set([...old, ...remains, ...log])]
}

/** Deletes what has expired; gives how many objects that were. Rejects with BN2401. */
export async function dropExpired(target: BackupTarget, keep: number): Promise<number> {
  const stored = [...(await target.list(basePrefix)), ...(await target.list(walPrefix))]
  const names = expired(await listBackups(target), stored, keep)
  for (const name of names) await target.delete(name)
  return names.length
}
