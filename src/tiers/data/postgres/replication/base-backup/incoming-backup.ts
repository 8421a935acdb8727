import { parseLsn } from "../lsn.ts"
import { replicationError } from "../replication-errors.ts"
import type { BackupSink } from "./base-backup-query.ts"
import { parseManifest, problemOf, type ReceivedFiles } from "./manifest.ts"

/** What reads the archive as it comes (untar.ts, or whoever only looks at it). */
export type ArchiveReader = {
  write(bytes: Buffer): void
  /** It is complete. Throws when it is not. */
  end(): ReceivedFiles
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

/** What arrives of a base backup, held against its manifest in the end. */
export class IncomingBackup implements BackupSink {
  readonly #archive: ArchiveReader
  readonly #onProgress: (progress: BackupProgress) => void
  readonly #manifest: Buffer[] = []
  /** Start, tablespaces, end: the result sets in their order. */
  readonly #resultSets: (readonly (readonly (string | null)[])[])[] = []
  #archives = 0

  constructor(archive: ArchiveReader, onProgress: (progress: BackupProgress) => void) {
    this.#archive = archive
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
    this.#archive.write(bytes)
  }

  onManifestBytes(bytes: Buffer): void {
    this.#manifest.push(bytes)
  }

  onProgress(bytes: number): void {
    const kilobytes = (this.#resultSets[1] ?? []).map(row => Number(row[2] ?? 0))
    this.#onProgress({ bytes, totalBytes: kilobytes.reduce((sum, each) => sum + each, 0) * 1024 })
  }

  /** As the server sent it. */
  get manifest(): Buffer {
    return Buffer.concat(this.#manifest)
  }

  /** Throws BN2252 .. BN2256 when what arrived is not what was sent. */
  receipt(): BackupReceipt {
    const received = this.#archive.end()
    const problem = problemOf(parseManifest(this.manifest), received)
    if (problem !== undefined) throw problem
    const [start, , end] = this.#resultSets
    const [startLsn, endLsn] = [start?.[0]?.[0] ?? "", end?.[0]?.[0] ?? ""]
    parseLsn(startLsn)
    parseLsn(endLsn)
    const bytes = [...received.values()].reduce((sum, file) => sum + file.bytes, 0)
    return { timeline: Number(start?.[0]?.[1]), startLsn, endLsn, files: received.size, bytes }
  }
}
