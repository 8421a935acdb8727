import type pg from "pg"
import { isBanyanError, messageOf } from "../../../../../kit/errors.ts"
import type { Address } from "../../../../../wire/map.ts"
import type { DataCredentials } from "../../../data.ts"
import { destroyConnection, nameOf, openConnection } from "../../connection.ts"
import { explain } from "../../server/make-once.ts"
import type { Owner } from "../../server/run-as.ts"
import { replicationError } from "../replication-errors.ts"
import { BaseBackupQuery, baseBackupWords } from "./base-backup-query.ts"
import { type BackupProgress, type BackupReceipt, IncomingBackup } from "./incoming-backup.ts"
import { Untar } from "./untar.ts"

export type BackupRequest = {
  readonly from: Address
  readonly credentials: DataCredentials
  /** Made here; must not exist. */
  readonly folder: string
  readonly owner: Owner
  /** Kilobytes (1024) a second, 32 to 1048576; as fast as it goes when not given. */
  readonly maxRateKb?: number | undefined
}

/**
 * Takes a base backup and holds it against its manifest. It blocks its thread while it writes: base-backup.ts gives it
 * one of its own. Throws BN2250 .. BN2256, BN2236, BN2237; then the folder is half-filled, and the caller's to remove.
 */
export async function receiveBackup(
  request: BackupRequest,
  onProgress: (progress: BackupProgress) => void,
): Promise<BackupReceipt> {
  const { from, credentials, folder } = request
  let client: pg.Client | undefined
  try {
    client = await openConnection(from, credentials, "banyan-base-backup", { replication: "true" })
    const lost = new Promise<never>((_, reject) => client?.on("error", reject))
    const incoming = new IncomingBackup(new Untar(folder, request.owner), onProgress)
    const query = new BaseBackupQuery(baseBackupWords(request), incoming)
    client.query(query)
    await Promise.race([query.done, lost])
    return incoming.receipt()
  } catch (error) {
    const known = explain(error, folder)
    if (isBanyanError(known)) throw known
    throw replicationError("BN2250", { from: nameOf(from), reason: messageOf(error) }, error)
  } finally {
    if (client !== undefined) destroyConnection(client)
  }
}
