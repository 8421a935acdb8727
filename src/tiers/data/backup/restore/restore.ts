import { existsSync, rmSync, statfsSync } from "node:fs"
import { dirname, join } from "node:path"
import { readControlFile } from "../../postgres/replication/control-file.ts"
import { findBinaries } from "../../postgres/server/binaries.ts"
import { syncWhole } from "../../postgres/server/data-folder.ts"
import { apart } from "../../postgres/server/mounted-folder.ts"
import { createPostgresServer, type PostgresServerOptions } from "../../postgres/server/postgres-server.ts"
import type { Folder } from "../../postgres/server/provision.ts"
import { readArchiveState } from "../archive/archive-state.ts"
import { historyObject, parseHistory, walObjects, walPrefix } from "../archive/wal-objects.ts"
import { backupError } from "../backup-errors.ts"
import { type BaseBackup, listBackups } from "../base/base-backups.ts"
import type { BackupTarget } from "../target/backup-target.ts"
import { findObject } from "../target/read-object.ts"
import { type FetchProgress, fetchBackup } from "./fetch-backup.ts"
import type { Moment } from "./moment.ts"
import { type Holdings, planRestore, type RestorePlan, timelineOf } from "./plan-restore.ts"
import { type Recovered, recover } from "./recover.ts"
import { folderOf, openApart, removeIfEmpty, removeUnfinished, restorePlace } from "./restore-place.ts"
import { type Restored, settleSwap } from "./swap-in.ts"

export type RestoreWish = {
  readonly target: BackupTarget
  readonly moment: Moment
  /** The newest when not given. */
  readonly timeline?: number | undefined
  /** The server that is to have the data, as it would be started; its folder need not exist. */
  readonly server: PostgresServerOptions & { readonly logFile: string }
  /** Its data folder, and those of all others of the service: the present ones, absolute. */
  readonly present: readonly string[]
}

export type RestoreOptions = RestoreWish & {
  readonly signal: AbortSignal
  readonly onProgress?: (progress: FetchProgress) => void
}

/** Checked, its server stopped. */
export type Prepared = Restored & {
  readonly backup: BaseBackup
  readonly recovered: Recovered
}

const mebibyte = 1024 * 1024

/** What would be restored, by what is there now. Rejects with BN2411 to BN2419, or what the target says; nothing is fetched. */
export async function checkRestore(options: RestoreWish): Promise<RestorePlan> {
  const plan = await lookUp(options)
  checkFits(plan, options)
  return plan
}

/**
 * Restores into a folder of its own, beside what is there, also while that is in use. Rejects with BN2408, BN2411 to
 * BN2420, BN2423, what the target says, or the signal's reason; then nothing of it is left.
 */
export async function prepareRestore(options: RestoreOptions): Promise<Prepared> {
  const { target, server, signal, onProgress = () => {} } = options
  for (const present of options.present) settleSwap(present)
  const plan = await checkRestore(options)
  const { mount, id, runAs } = restorePlace(server, options.present)
  await removeUnfinished(server, options.present)
  let filled: Folder | undefined
  const restored = createPostgresServer({
    ...server,
    id,
    forcedRunAs: runAs,
    // Synced once, when all is done: a machine that stops in the middle leaves a folder that is none.
    durable: false,
    secretFile: server.secretFile ?? `${server.id}.secret`,
    birth: async folder => {
      filled = folder
      if (mount !== undefined) openApart(mount, folder.as)
      signal.throwIfAborted()
      await fetchBackup(target, plan, folder, progress => {
        signal.throwIfAborted()
        onProgress(progress)
      })
    },
  })
  let folder: string | undefined
  try {
    const words = await restored.prepare()
    folder = words.dataFolder
    const recovered = await recover(
      restored,
      words,
      plan,
      { target: target.name, logFile: server.logFile },
      signal,
    )
    // It was filled under another name.
    if (server.durable !== false) await syncWhole({ ...filled!, path: folder })
    return { folder, mount, backup: plan.backup, recovered }
  } catch (error) {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    if (mount !== undefined) removeIfEmpty(join(mount, apart))
    signal.throwIfAborted()
    throw error
  }
}

async function lookUp({ target, moment, timeline: asked }: RestoreWish): Promise<RestorePlan> {
  const backups = await listBackups(target)
  const [first] = backups
  if (first === undefined) throw backupError("BN2412", { target: target.name })
  const holdings: Holdings = {
    target: target.name,
    backups,
    wal: walObjects(await target.list(walPrefix), first.segmentBytes),
    state: await readArchiveState(target),
  }
  const timeline = asked ?? timelineOf(holdings)
  const history = await findObject(target, historyObject(timeline))
  return planRestore(moment, holdings, timeline, parseHistory(history?.toString() ?? ""))
}

function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(dirname(folder))
}

/** Throws BN2417, BN2418, BN2419. */
function checkFits({ backup, files }: RestorePlan, { present, server }: RestoreWish): void {
  const { major } = findBinaries()
  if (backup.major !== major)
    throw backupError("BN2418", { name: backup.name, found: backup.major, wanted: major })
  for (const folder of present) {
    const system = readControlFile(folder)?.system
    if (system !== undefined && system !== backup.system)
      throw backupError("BN2417", { name: backup.name, found: backup.system, wanted: system })
  }
  const folder = nearest(folderOf(server.id, present) ?? present[0] ?? server.dataRoot)
  const { bavail, bsize } = statfsSync(folder)
  const needed = backup.bytes + files.length * backup.segmentBytes + 64 * mebibyte
  if (bavail * bsize < needed)
    throw backupError("BN2419", {
      folder,
      needed: Math.ceil(needed / mebibyte),
      free: Math.floor((bavail * bsize) / mebibyte),
    })
}
