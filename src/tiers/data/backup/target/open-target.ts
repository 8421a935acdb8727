import { backupError } from "../backup-errors.ts"
import type { BackupTarget } from "./backup-target.ts"
import { FolderTarget } from "./folder/folder-target.ts"
import { s3Credentials } from "./s3/s3-credentials.ts"

/** Where backups lie, in words (data.backup of the configuration). */
export type TargetWords = {
  /** A folder, or `s3://bucket/prefix`. */
  readonly target: string
  readonly endpoint?: string | undefined
  readonly region: string
  readonly credentialsFile?: string | undefined
}

/** Throws BN2404, BN2405. */
export async function openTarget(
  { target, endpoint, region, credentialsFile }: TargetWords,
  env: Readonly<Record<string, string | undefined>>,
): Promise<BackupTarget> {
  if (!target.startsWith("s3:")) return new FolderTarget(target)
  const [, bucket, prefix = ""] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,62})(?:\/([A-Za-z0-9._/-]*?))?\/?$/.exec(target) ?? []
  if (bucket === undefined) throw backupError("BN2404", { target, reason: "it should be s3://bucket/prefix" })
  const credentials = s3Credentials(credentialsFile, env)
  // Only here: who keeps backups in a folder does without the client.
  const { S3Target } = await import("./s3/s3-target.ts")
  const found = endpoint ?? `https://s3.${region}.amazonaws.com`
  return new S3Target({ endpoint: found, region, bucket, prefix, credentials })
}
