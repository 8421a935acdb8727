import { mkdirSync, rmSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Writable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { isBanyanError, messageOf } from "../../../../kit/errors.ts"
import { parseManifest, problemOf } from "../../postgres/replication/base-backup/manifest.ts"
import { Untar } from "../../postgres/replication/base-backup/untar.ts"
import { recoverySignal, standbySignal, writeOwned } from "../../postgres/server/data-folder.ts"
import { explain } from "../../postgres/server/make-once.ts"
import type { Folder } from "../../postgres/server/provision.ts"
import { quorumConf, socketName, upstreamConf } from "../../postgres/server/server-settings.ts"
import { own } from "../../postgres/server/template.ts"
import { historyName, historyObject } from "../archive/wal-objects.ts"
import { backupError } from "../backup-errors.ts"
import { backupObjects } from "../base/base-backups.ts"
import { decompressed, decompressing } from "../compression.ts"
import type { BackupTarget } from "../target/backup-target.ts"
import { findObject, readObject } from "../target/read-object.ts"
import type { RestorePlan, WalFile } from "./plan-restore.ts"

/** In the data folder while it is recovered: the log, where recovery fetches it by a plain copy. */
export const fetchedLog = "banyan-restore"

export type FetchProgress = { readonly bytes: number; readonly totalBytes: number }

/**
 * Fills a data folder with a backup and the log that belongs to it, each byte checked: the copy against its manifest, the
 * log by the checksums of its frames. Rejects with BN2408 (damaged), BN2401, BN2403, BN2236, BN2237; what is in the folder
 * then is the caller's to remove.
 */
export async function fetchBackup(
  target: BackupTarget,
  plan: RestorePlan,
  { path, as }: Folder,
  onProgress: (progress: FetchProgress) => void,
): Promise<void> {
  const { backup, files } = plan
  const owner = as.uid === undefined || as.gid === undefined ? {} : { uid: as.uid, gid: as.gid }
  const totalBytes = backup.bytes + files.length * backup.segmentBytes
  let bytes = 0
  const came = (more: number) => onProgress({ bytes: (bytes += more), totalBytes })
  await fetchBase(target, backup.name, path, owner, came)
  // What belonged to the server it was taken from.
  const foreign = [upstreamConf, quorumConf, "upstream.passfile", standbySignal, `${socketName}.lock`]
  for (const name of foreign) rmSync(join(path, name), { force: true })
  const folder = join(path, fetchedLog)
  mkdirSync(folder, { mode: 0o700 })
  own(folder, as)
  const put = async (name: string, content: Buffer) => {
    await writeFile(join(folder, name), content, { mode: 0o600 })
    own(join(folder, name), as)
  }
  for (const file of files) {
    await put(file.name, await contentOf(target, file, backup.segmentBytes))
    came(backup.segmentBytes)
  }
  for (let timeline = 2; timeline <= plan.newestTimeline; timeline++) {
    // Of those beyond the one it follows Postgres looks only whether they are there: its own will be newer than all of them.
    const beyond = timeline > plan.timeline ? Buffer.alloc(0) : undefined
    const history = (await findObject(target, historyObject(timeline))) ?? beyond
    if (history !== undefined) await put(historyName(timeline), history)
  }
  writeOwned({ path, as }, recoverySignal, "")
}

async function fetchBase(
  target: BackupTarget,
  name: string,
  folder: string,
  owner: ConstructorParameters<typeof Untar>[1],
  came: (bytes: number) => void,
): Promise<void> {
  const objects = backupObjects(name)
  const manifest = await readObject(target, objects.manifest)
  const untar = new Untar(folder, owner)
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      try {
        untar.write(chunk)
        came(chunk.length)
        done()
      } catch (error) {
        done(error as Error)
      }
    },
  })
  const source = await target.get(objects.archive)
  await damagedUnlessKnown(target, objects.archive, folder, () => pipeline(source, decompressing(), sink))
  const problem = await damagedUnlessKnown(target, objects.manifest, folder, async () =>
    problemOf(parseManifest(manifest), untar.end()),
  )
  if (problem !== undefined)
    throw backupError(
      "BN2408",
      { name: objects.archive, target: target.name, reason: problem.message },
      problem,
    )
}

/** The whole file: what is not written yet is zeros, as in one that Postgres has begun. */
async function contentOf(target: BackupTarget, { parts }: WalFile, segmentBytes: number): Promise<Buffer> {
  const content = Buffer.alloc(segmentBytes)
  for (const { name, from, to } of parts) {
    const bytes = await damagedUnlessKnown(target, name, "", async () =>
      decompressed(await readObject(target, name)),
    )
    if (bytes.length !== to - from) {
      const reason = `it holds ${bytes.length} bytes, its name says ${to - from}`
      throw backupError("BN2408", { name, target: target.name, reason })
    }
    bytes.copy(content, from)
  }
  return content
}

async function damagedUnlessKnown<T>(
  target: BackupTarget,
  name: string,
  folder: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const known = explain(error, folder)
    if (isBanyanError(known) && !/^BN225/.test(known.code)) throw known
    throw backupError("BN2408", { name, target: target.name, reason: messageOf(error) }, error)
  }
}
