import type { FetchProgress } from "../../tiers/data/backup/restore/fetch-backup.ts"
import type { Moment } from "../../tiers/data/backup/restore/moment.ts"
import {
  checkRestore,
  type Prepared,
  prepareRestore,
  type RestoreWish,
} from "../../tiers/data/backup/restore/restore.ts"
import { swapIn } from "../../tiers/data/backup/restore/swap-in.ts"
import type { BackupTarget } from "../../tiers/data/backup/target/backup-target.ts"
import type { Config } from "../../topology/config.ts"
import { promotedHere } from "../keeper/promoted.ts"
import { logOf } from "../project-paths.ts"
import { databaseFolders, settleRestores } from "./database-folders.ts"
import { postgresServerOptions } from "./postgres-server.ts"

export { parseMoment, wordsOf as wordsOfMoment } from "../../tiers/data/backup/restore/moment.ts"

export type RestoreRequest = {
  readonly config: Config
  readonly target: BackupTarget
  readonly moment: Moment
  readonly timeline?: number | undefined
}

/** Whether there is anything to restore that fits here, before the service is touched. Rejects as `checkRestore` does. */
export async function checkRestorable(request: RestoreRequest): Promise<void> {
  await checkRestore(wishOf(request))
}

/** A checked copy beside the present data. Rejects as `prepareRestore` does. */
export async function prepareRestored(
  request: RestoreRequest,
  signal: AbortSignal,
  onProgress: (progress: FetchProgress) => void,
): Promise<Prepared> {
  // One that died may have left no folder that would be found.
  settleRestores(restoredHere())
  return prepareRestore({ ...wishOf(request), signal, onProgress })
}

function wishOf({ config, ...rest }: RestoreRequest): RestoreWish {
  const server = { ...postgresServerOptions(restoredHere(), config.data), logFile: logOf("restore") }
  return { ...rest, server, present: databaseFolders() }
}

/** Gives it the place of the present primary; replicas are built anew from it. Gives where the former data is. Throws BN2421, BN2422. */
export function swapRestoredIn(prepared: Prepared): {
  readonly id: string
  readonly aside: readonly string[]
} {
  const id = restoredHere()
  return { id, aside: swapIn(prepared, id, databaseFolders()) }
}

function restoredHere(): string {
  return promotedHere() ?? "postgres-1"
}
