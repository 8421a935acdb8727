import { z } from "zod"
import type { BackupTarget } from "../target/backup-target.ts"
import { readObject } from "../target/read-object.ts"

/**
 * How a base backup lies in a target: as `pg_basebackup --format=tar` writes it, so that it can be restored without
 * Banyan. `backup.json` comes last and makes it one: without that it is no backup.
 *
 *     base/20261121T223813123Z/base.tar.zst
 *     base/20261121T223813123Z/backup_manifest
 *     base/20261121T223813123Z/backup.json
 */
export const basePrefix = "base/"

const schema = z.object({
  format: z.literal(1),
  name: z.string(),
  /** The cluster's system identifier, and the major version of its server. */
  system: z.string(),
  major: z.string(),
  timeline: z.int(),
  /** From `startLsn` on the log is replayed; from `endLsn` on the copy is consistent. */
  startLsn: z.string(),
  endLsn: z.string(),
  startedAtMs: z.number(),
  /** From then on every moment can be restored, as far as the log reaches. */
  endedAtMs: z.number(),
  files: z.int(),
  bytes: z.int(),
  storedBytes: z.int(),
  segmentBytes: z.int(),
})
export type BaseBackup = z.infer<typeof schema>

export const backupObjects = (name: string) => ({
  archive: `${basePrefix}${name}/base.tar.zst`,
  manifest: `${basePrefix}${name}/backup_manifest`,
  description: `${basePrefix}${name}/backup.json`,
})

/** `20261121T223813123Z`: names sort as their times. */
export function backupName(atMs: number): string {
  return new Date(atMs).toISOString().replaceAll(/[-:.]/g, "")
}

export function isBackupName(text: string): boolean {
  return /^[0-9]{8}T[0-9]{9}Z$/.test(text)
}

/** The backups that are there, oldest first; one whose description is damaged is none. Rejects with BN2401, BN2404. */
export async function listBackups(target: BackupTarget): Promise<BaseBackup[]> {
  const names = (await target.list(basePrefix))
    .map(({ name }) => /^base\/([^/]+)\/backup\.json$/.exec(name)?.[1])
    .filter(name => name !== undefined && isBackupName(name))
  const found = await Promise.all(names.map(name => describe(target, name!)))
  return found.filter(one => one !== undefined)
}

async function describe(target: BackupTarget, name: string): Promise<BaseBackup | undefined> {
  try {
    return schema.parse(JSON.parse((await readObject(target, backupObjects(name).description)).toString()))
  } catch (error) {
    // Deleted meanwhile, or damaged.
    if ((error as { code?: string }).code === "BN2401") throw error
    return undefined
  }
}

export async function putDescription(target: BackupTarget, backup: BaseBackup): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(schema.parse(backup), null, 2)}\n`)
  await target.put(backupObjects(backup.name).description, bytes)
}
