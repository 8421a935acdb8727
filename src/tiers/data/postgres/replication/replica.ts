import { rmSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { until } from "../../../../kit/node/until.ts"
import { dataError } from "../../data-errors.ts"
import type { Birth } from "../server/data-folder.ts"
import { removeLeftovers } from "../server/make-once.ts"
import { hasLivePostgres, readPidFile, serverProcesses } from "../server/pid-file.ts"
import { socketName } from "../server/server-settings.ts"
import { takeBaseBackup } from "./base-backup/base-backup.ts"
import type { BackupProgress } from "./base-backup/incoming-backup.ts"
import { removeWholly } from "./in-place-of.ts"
import { atServer, type Member, slotOf } from "./member.ts"
import { replicationError } from "./replication-errors.ts"
import { dropSlot, ensureSlot } from "./slots.ts"
import { writeStandbySignal, writeUpstream } from "./upstream.ts"

export type ReplicaOptions = {
  readonly id: string
  /** The primary, or a standby that is to be spared nothing but the reading. */
  readonly upstream: Member
  readonly signal: AbortSignal
  readonly maxRateKb?: number
  readonly onProgress?: (progress: BackupProgress) => void
}

/** Cleaning up after a failure must not wait for a server that is gone. */
const cleanUpTimeoutMs = 5000
const childrenTimeoutMs = 10_000

/**
 * How a replica's data folder comes to be (PostgresServerOptions.birth): a slot, so that from the first byte of the copy
 * on no log is lost; the copy; whom it follows. When anything fails or the signal aborts, folder and slot are gone.
 */
export function replicaBirth({ id, upstream, signal, maxRateKb, onProgress }: ReplicaOptions): Birth {
  const slot = slotOf({ id })
  return async ({ path, as }) => {
    await atServer(upstream, signal, client => ensureSlot(client, slot))
    try {
      const { address: from, replicator: credentials } = upstream
      const { uid, gid } = as
      const owner = uid === undefined || gid === undefined ? {} : { uid, gid }
      const request = { from, credentials, folder: path, owner, maxRateKb }
      await takeBaseBackup(request, { signal, onProgress })
      // The upstream's own: its socket lies in its data folder, so the lock beside it came along.
      rmSync(join(path, `${socketName}.lock`), { force: true })
      const replica = { ...upstream, id, dataFolder: path, as }
      writeUpstream(replica, upstream)
      writeStandbySignal(replica)
    } catch (error) {
      await forgetReplica({ id }, upstream, AbortSignal.timeout(cleanUpTimeoutMs)).catch(() => {})
      throw error
    }
  }
}

/** Once the replica's process has ended: its upstream keeps no log for it any more. Throws BN2258 while it still streams. */
export async function forgetReplica(
  replica: Pick<Member, "id">,
  upstream: Member,
  signal: AbortSignal,
): Promise<void> {
  await atServer(upstream, signal, client => dropSlot(client, slotOf(replica)))
}

/** Removes a replica's data, which is a copy. Throws BN2260 while a server works in it, BN2237, or the signal's reason. */
export async function removeReplicaData(
  { id, dataFolder }: Pick<Member, "id" | "dataFolder">,
  signal: AbortSignal,
): Promise<void> {
  if (!(await isLeft(dataFolder, signal))) throw replicationError("BN2260", { id, folder: dataFolder })
  try {
    removeWholly(dataFolder)
    removeLeftovers(dirname(dataFolder), basename(dataFolder))
  } catch (error) {
    throw dataError("BN2237", { folder: dataFolder, reason: String(error) }, error)
  }
}

/** False while its server runs. The children of one that was killed end when they notice: that is waited for. */
async function isLeft(folder: string, signal: AbortSignal): Promise<boolean> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(childrenTimeoutMs)])
  const left = async () => {
    if (!hasLivePostgres(folder)) return true
    return serverProcesses(folder).includes(readPidFile(folder)?.pid ?? 0) ? false : undefined
  }
  return until(left, 10, inTime).catch(() => {
    signal.throwIfAborted()
    return false
  })
}
