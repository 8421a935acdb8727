import { messageOf } from "../../kit/errors.ts"
import type { ArchivedServer } from "../../tiers/data/backup/archive/archive-session.ts"
import { readArchiveState } from "../../tiers/data/backup/archive/archive-state.ts"
import { backupError } from "../../tiers/data/backup/backup-errors.ts"
import { type BaseBackup, listBackups } from "../../tiers/data/backup/base/base-backups.ts"
import { type TakeOptions, takeBackup } from "../../tiers/data/backup/base/take-backup.ts"
import type { BackupTarget } from "../../tiers/data/backup/target/backup-target.ts"
import { openTarget, type TargetWords } from "../../tiers/data/backup/target/open-target.ts"
import { destroyConnection, openConnection } from "../../tiers/data/postgres/connection.ts"
import type { Config } from "../../topology/config.ts"
import { databaseIds, placeOf } from "./database-folders.ts"
import { postgresServer } from "./postgres-server.ts"

/** The target the configuration names, or another one. Throws BN2404, BN2405, BN2406. */
export function backupTarget({ data: { backup } }: Config, target = backup.target): Promise<BackupTarget> {
  if (target === undefined) throw backupError("BN2406", { reason: "data.backup.target is not set" })
  const words: TargetWords = { ...backup, target }
  return openTarget(words, process.env)
}

/** What can be restored: the backups, oldest first, and until when the log between them is archived. */
export type Restorable = {
  readonly backups: readonly BaseBackup[]
  readonly archivedToMs: number | undefined
}

export async function restorable(target: BackupTarget): Promise<Restorable> {
  const backups = await listBackups(target)
  return { backups, archivedToMs: (await readArchiveState(target))?.atMs }
}

/** A base backup of what runs in this folder. */
export async function takeBackupNow(
  config: Config,
  options: Omit<TakeOptions, "server">,
): Promise<BaseBackup> {
  return takeBackup({ ...options, server: await primaryServer(config) })
}

/** Who is the primary of this folder's databases: asked of themselves, so that a failover needs nobody to tell. */
export async function primaryServer(config: Config): Promise<ArchivedServer> {
  const { replicator } = postgresServer("postgres-1", config.data)
  const credentials = { ...replicator, database: "postgres" }
  const asked = await Promise.allSettled(
    databaseIds().map(async id => {
      const server = { id, address: { path: placeOf(id).socket }, credentials }
      return { server, timeline: await timelineOf(server) }
    }),
  )
  const primaries = asked
    .filter(answer => answer.status === "fulfilled")
    .map(({ value }) => value)
    .filter(({ timeline }) => timeline !== undefined)
    .toSorted((a, b) => b.timeline! - a.timeline!)
  const [first] = primaries
  if (first !== undefined) return first.server
  const failed = asked.find(answer => answer.status === "rejected")
  const reason = failed === undefined ? "no database is a primary" : messageOf(failed.reason)
  throw backupError("BN2410", { server: "postgres", reason })
}

/** Of a primary; undefined of a replica. */
async function timelineOf({ address, credentials }: ArchivedServer): Promise<number | undefined> {
  const client = await openConnection(address, credentials, "banyan-archive")
  try {
    const { rows } = await client.query(
      `select case when pg_is_in_recovery() then null
         else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline`,
    )
    return rows[0].timeline ?? undefined
  } finally {
    destroyConnection(client)
  }
}
