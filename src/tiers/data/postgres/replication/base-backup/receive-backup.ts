import type pg from "pg"
import { isBanyanError, messageOf } from "../../../../../kit/errors.ts"
import type { Address } from "../../../../../wire/map.ts"
import type { DataCredentials } from "../../../data.ts"
import { destroyConnection, nameOf, openConnection } from "../../connection.ts"
import { explain } from "../../server/make-once.ts"
import type { Owner } from "../../server/run-as.ts"
import { parseLsn } from "../lsn.ts"
import { replicationError } from "../replication-errors.ts"
import { BaseBackupQuery } from "./base-backup-query.ts"
import { parseManifest, problemOf } from "./manifest.ts"
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

/** `totalBytes` is the server's estimate at the start; the log that is sent along is not in it. */
export type BackupProgress = { readonly bytes: number; readonly totalBytes: number }

export type BackupReceipt = {
  readonly timeline: number
  /** The log from here on must be replayed, at least up to `endLsn`, before the copy is consistent. */
  readonly startLsn: string
  readonly endLsn: string
  readonly files: number
  readonly bytes: number
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
    const incoming = new IncomingBackup(request, onProgress)
    const query = new BaseBackupQuery(words(request), incoming)
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

/** SHA-256, because Node computes it natively; the server's default, CRC-32C, it does not know. */
function words({ maxRateKb }: BackupRequest): string {
  const options = [
    "LABEL 'banyan'",
    "PROGRESS",
    "CHECKPOINT 'fast'",
    "WAL true",
    "MANIFEST 'yes'",
    "MANIFEST_CHECKSUMS 'SHA256'",
    "TABLESPACE_MAP true",
    ...(maxRateKb === undefined ? [] : [`MAX_RATE ${Math.trunc(maxRateKb)}`]),
  ]
  return `BASE_BACKUP (${options.join(", ")})`
}

class IncomingBackup {
  readonly #untar: Untar
  readonly #onProgress: (progress: BackupProgress) => void
  readonly #manifest: Buffer[] = []
  /** Start, tablespaces, end: the result sets in their order. */
  readonly #resultSets: (readonly (readonly (string | null)[])[])[] = []
  #archives = 0

  constructor({ folder, owner }: BackupRequest, onProgress: (progress: BackupProgress) => void) {
    this.#untar = new Untar(folder, owner)
    this.#onProgress = onProgress
  }

  onRows(rows: readonly (readonly (string | null)[])[]): void {
    if (rows.length > 0) this.#resultSets.push(rows)
  }

  onArchive(name: string): void {
    this.#archives++
    if (this.#archives > 1)
      throw replicationError("BN2251", { path: name, reason: "tablespaces are not for replicas of Banyan's" })
  }

  onArchiveBytes(bytes: Buffer): void {
    this.#untar.write(bytes)
  }

  onManifestBytes(bytes: Buffer): void {
    this.#manifest.push(bytes)
  }

  onProgress(bytes: number): void {
    const kilobytes = (this.#resultSets[1] ?? []).map(row => Number(row[2] ?? 0))
    this.#onProgress({ bytes, totalBytes: kilobytes.reduce((sum, each) => sum + each, 0) * 1024 })
  }

  /** Throws BN2252 .. BN2256 when what arrived is not what was sent. */
  receipt(): BackupReceipt {
    const received = this.#untar.end()
    const problem = problemOf(parseManifest(Buffer.concat(this.#manifest)), received)
    if (problem !== undefined) throw problem
    const [start, , end] = this.#resultSets
    const [startLsn, endLsn] = [start?.[0]?.[0] ?? "", end?.[0]?.[0] ?? ""]
    parseLsn(startLsn)
    parseLsn(endLsn)
    const bytes = [...received.values()].reduce((sum, file) => sum + file.bytes, 0)
    return { timeline: Number(start?.[0]?.[1]), startLsn, endLsn, files: received.size, bytes }
  }
}
