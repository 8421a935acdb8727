import { createHash, type Hash } from "node:crypto"
import { chownSync, closeSync, fchownSync, mkdirSync, openSync, writeSync } from "node:fs"
import { join } from "node:path"
import { Parser, type ReadEntry } from "tar"
import type { Owner } from "../../server/run-as.ts"
import { replicationError } from "../replication-errors.ts"
import type { ReceivedFile, ReceivedFiles } from "./manifest.ts"

/**
 * Writes an archive into a folder as it arrives: folders 0700, files 0600, whatever the archive says. Writing is
 * synchronous, so that the sender waits for the disk (this runs on a thread of its own).
 */
export class Untar {
  readonly #folder: string
  readonly #owner: Owner
  readonly #files = new Map<string, ReceivedFile>()
  readonly #parser: Parser
  #failure: unknown

  /** The folder is made and must not exist. */
  constructor(folder: string, owner: Owner) {
    this.#folder = folder
    this.#owner = owner
    this.#makeFolder("")
    this.#parser = new Parser({ strict: true, onReadEntry: entry => this.#guarded(() => this.#take(entry)) })
    this.#parser.on("error", error => {
      this.#failure ??= error
    })
  }

  /** Bytes of the archive, in any pieces. Throws BN2251, what the file system throws, or that it is no archive. */
  write(bytes: Buffer): void {
    this.#parser.write(bytes)
    this.#rethrow()
  }

  /** The archive is complete. Throws when it is not; else every file with its size and checksum. */
  end(): ReceivedFiles {
    this.#parser.end()
    this.#rethrow()
    return this.#files
  }

  #take(entry: ReadEntry): void {
    const path = safePath(entry.path)
    if (entry.type === "Directory") {
      this.#makeFolder(path)
      entry.resume()
    } else if (entry.type === "File" || entry.type === "OldFile") {
      this.#writeFile(path, entry)
    } else {
      throw replicationError("BN2251", { path: shown(path), reason: `it is a ${entry.type}` })
    }
  }

  #writeFile(path: string, entry: ReadEntry): void {
    const file = openSync(join(this.#folder, path), "wx", 0o600)
    const hash: Hash = createHash("sha256")
    let bytes = 0
    entry.on("data", chunk =>
      this.#guarded(() => {
        for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at)
        hash.update(chunk)
        bytes += chunk.length
      }),
    )
    entry.on("end", () =>
      this.#guarded(() => {
        const { uid, gid } = this.#owner
        if (uid !== undefined && gid !== undefined) fchownSync(file, uid, gid)
        closeSync(file)
        this.#files.set(path, { bytes, sha256: hash.digest("hex") })
      }),
    )
  }

  #makeFolder(path: string): void {
    const folder = join(this.#folder, path)
    mkdirSync(folder, { mode: 0o700 })
    const { uid, gid } = this.#owner
    if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid)
  }

  /** An error must reach whoever wrote the bytes, not the parser in between. */
  #guarded(work: () => void): void {
    if (this.#failure !== undefined) return
    try {
      work()
    } catch (error) {
      this.#failure = error
    }
  }

  #rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure
  }
}

/** A path that stays in the folder, without the `./` Postgres begins some with, and without a slash at its end. Throws BN2251. */
export function safePath(path: string): string {
  const plain = path.replace(/^\.\//, "").replace(/\/$/, "")
  const parts = plain.split("/")
  const reason =
    plain === "" || parts.includes("")
      ? "its path is absolute or has an empty part"
      : parts.some(part => part === "." || part === "..")
        ? "its path leads out of the folder"
        : /[\0-\x1f\\]/.test(plain)
          ? "its path holds characters that no file of Postgres has"
          : undefined
  if (reason !== undefined) throw replicationError("BN2251", { path: shown(path), reason })
  return plain
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 200))
}
