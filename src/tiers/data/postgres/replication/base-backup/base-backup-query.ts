import type { Submittable } from "../../pooled-client.ts"

/** What comes in, in this order: rows, then the archive, then the manifest. */
export type BackupSink = {
  /** Rows of the result sets beside the copy: start, tablespaces, end. */
  onRows(rows: readonly (readonly (string | null)[])[]): void
  onArchive(name: string): void
  onArchiveBytes(bytes: Buffer): void
  onManifestBytes(bytes: Buffer): void
  onProgress(bytes: number): void
}

/** pg's own connection, as far as it is needed here. */
type Connection = { query(text: string): void }

/**
 * BASE_BACKUP over a replication connection of node-postgres ("Streaming Replication Protocol" in the manual): the first
 * byte of each CopyData says what follows. `done` settles when the server has said its last word, or the sink threw.
 */
export class BaseBackupQuery implements Submittable {
  readonly done: Promise<void>
  readonly #text: string
  readonly #sink: BackupSink
  readonly #settled = Promise.withResolvers<void>()
  #rows: (string | null)[][] = []
  #inManifest = false

  constructor(text: string, sink: BackupSink) {
    this.#text = text
    this.#sink = sink
    this.done = this.#settled.promise
  }

  submit(connection: unknown): void {
    ;(connection as Connection).query(this.#text)
  }

  handleRowDescription(): void {
    this.#rows = []
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    this.#rows.push(fields)
  }

  handleCommandComplete(): void {
    this.#guarded(() => this.#sink.onRows(this.#rows))
    this.#rows = []
  }

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    this.#guarded(() => this.#take(String.fromCharCode(chunk[0] ?? 0), chunk.subarray(1)))
  }

  handleError(error: unknown): void {
    this.#settled.reject(error)
  }

  handleReadyForQuery(): void {
    this.#settled.resolve()
  }

  #take(kind: string, bytes: Buffer): void {
    if (kind === "n") this.#sink.onArchive(bytes.subarray(0, bytes.indexOf(0)).toString("utf8"))
    else if (kind === "m") this.#inManifest = true
    else if (kind === "p") this.#sink.onProgress(Number(bytes.readBigInt64BE(0)))
    else if (kind !== "d") throw new Error(`a message of unknown kind ${JSON.stringify(kind)}`)
    // The parser's own memory: whoever keeps bytes beyond this call needs a copy.
    else if (this.#inManifest) this.#sink.onManifestBytes(Buffer.from(bytes))
    else this.#sink.onArchiveBytes(Buffer.from(bytes))
  }

  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#settled.reject(error)
    }
  }
}

/** SHA-256, because Node computes it natively; the server's default, CRC-32C, it does not know. */
export function baseBackupWords({ maxRateKb }: { readonly maxRateKb?: number | undefined }): string {
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
