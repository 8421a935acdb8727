import { createHash } from "node:crypto"
import { Parser, type ReadEntry } from "tar"
import type { ArchiveReader } from "../../postgres/replication/base-backup/incoming-backup.ts"
import type { ReceivedFile, ReceivedFiles } from "../../postgres/replication/base-backup/manifest.ts"
import { safePath } from "../../postgres/replication/base-backup/untar.ts"

/** Looks at an archive that passes by: each file's size and checksum. */
export class ArchiveDigest implements ArchiveReader {
  readonly #files = new Map<string, ReceivedFile>()
  readonly #parser = new Parser({ strict: true, onReadEntry: entry => this.#take(entry) })
  #failure: unknown

  constructor() {
    this.#parser.on("error", error => {
      this.#failure ??= error
    })
  }

  write(bytes: Buffer): void {
    this.#parser.write(bytes)
    if (this.#failure !== undefined) throw this.#failure
  }

  end(): ReceivedFiles {
    this.#parser.end()
    if (this.#failure !== undefined) throw this.#failure
    return this.#files
  }

  #take(entry: ReadEntry): void {
    const hash = createHash("sha256")
    let bytes = 0
    entry.on("data", chunk => {
      hash.update(chunk)
      bytes += chunk.length
    })
    entry.on("end", () => {
      if (entry.type !== "File" && entry.type !== "OldFile") return
      try {
        this.#files.set(safePath(entry.path), { bytes, sha256: hash.digest("hex") })
      } catch (error) {
        this.#failure ??= error
      }
    })
  }
}
