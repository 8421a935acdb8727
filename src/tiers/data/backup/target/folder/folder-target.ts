import { randomBytes } from "node:crypto"
import { createReadStream, type Dirent } from "node:fs"
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import type { Readable } from "node:stream"
import { messageOf } from "../../../../../kit/errors.ts"
import { backupError } from "../../backup-errors.ts"
import { type BackupTarget, checkName, type ObjectBody, type StoredObject } from "../backup-target.ts"

/** What a crash left of an object that was being written is removed by the next writer once it is this old. */
const leftoverMs = 24 * 3_600_000
const isLeftover = (name: string) => name.startsWith(".") && name.endsWith(".tmp")

/** A folder on any disk, also a mounted one of another machine. It must exist; folders below it are made. */
export class FolderTarget implements BackupTarget {
  readonly name: string
  readonly #tidied = new Set<string>()

  constructor(folder: string) {
    this.name = resolve(folder)
  }

  async put(name: string, body: ObjectBody, signal?: AbortSignal): Promise<number> {
    const path = this.#pathOf(name)
    await this.#mustExist()
    const temporary = join(dirname(path), `.${randomBytes(8).toString("hex")}.tmp`)
    let foreign: { readonly error: unknown } | undefined
    try {
      await this.#makeFolders(dirname(path))
      const file = await open(temporary, "wx", 0o600)
      try {
        for await (const chunk of chunksOf(body, error => (foreign = { error }))) {
          signal?.throwIfAborted()
          await writeAll(file, chunk)
        }
        await file.sync()
        const { size } = await file.stat()
        await rename(temporary, path)
        await syncFolder(dirname(path))
        return size
      } finally {
        await file.close()
      }
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {})
      signal?.throwIfAborted()
      if (foreign !== undefined) throw foreign.error
      throw this.#explain(error, "writing", name)
    }
  }

  async get(name: string): Promise<Readable> {
    const path = this.#pathOf(name)
    try {
      return createReadStream("", { fd: await open(path, "r") })
    } catch (error) {
      if (codeOf(error) === "ENOENT") throw backupError("BN2403", { target: this.name, name }, error)
      throw this.#explain(error, "reading", name)
    }
  }

  async list(prefix: string): Promise<readonly StoredObject[]> {
    await this.#mustExist()
    // No more is looked at than the deepest folder the prefix names.
    const below = prefix.slice(0, prefix.lastIndexOf("/") + 1)
    try {
      const names = (await this.#namesBelow(below)).filter(name => name.startsWith(prefix))
      const found = await Promise.all(names.map(name => this.#measure(name)))
      return found.filter(one => one !== undefined).toSorted((a, b) => (a.name < b.name ? -1 : 1))
    } catch (error) {
      throw this.#explain(error, "listing", prefix)
    }
  }

  async delete(name: string): Promise<void> {
    const path = this.#pathOf(name)
    try {
      await rm(path, { force: true })
      await syncFolder(dirname(path)).catch(() => {})
    } catch (error) {
      throw this.#explain(error, "deleting", name)
    }
  }

  async #namesBelow(below: string): Promise<string[]> {
    let entries: Dirent[]
    try {
      entries = await readdir(join(this.name, below), { withFileTypes: true })
    } catch (error) {
      if (codeOf(error) === "ENOENT") return []
      throw error
    }
    const names = entries.filter(entry => entry.isFile() && !isLeftover(entry.name)).map(({ name }) => name)
    const folders = entries.filter(entry => entry.isDirectory())
    const deeper = await Promise.all(folders.map(({ name }) => this.#namesBelow(`${below}${name}/`)))
    return [...names.map(name => below + name), ...deeper.flat()]
  }

  /** Undefined when it has gone meanwhile. */
  async #measure(name: string): Promise<StoredObject | undefined> {
    const found = await stat(join(this.name, name)).catch(() => undefined)
    return found && { name, bytes: found.size }
  }

  #pathOf(name: string): string {
    checkName(name)
    return join(this.name, name)
  }

  /** Throws BN2404. */
  async #mustExist(): Promise<void> {
    const reason = await stat(this.name).then(
      found => (found.isDirectory() ? undefined : "it is no folder"),
      error => (codeOf(error) === "ENOENT" ? "it does not exist" : messageOf(error)),
    )
    if (reason !== undefined) throw backupError("BN2404", { target: this.name, reason })
  }

  async #makeFolders(folder: string): Promise<void> {
    if (this.#tidied.has(folder)) return
    const made = await mkdir(folder, { recursive: true, mode: 0o700 })
    if (made !== undefined) await syncFolder(dirname(made))
    for (const name of (await readdir(folder)).filter(isLeftover)) {
      const path = join(folder, name)
      const { mtimeMs } = await stat(path)
      if (Date.now() - mtimeMs > leftoverMs) await rm(path, { force: true })
    }
    this.#tidied.add(folder)
  }

  #explain(error: unknown, doing: string, name: string): unknown {
    const code = codeOf(error)
    // A folder that was taken away under us is made again by the next try.
    this.#tidied.clear()
    const reason = messageOf(error)
    if (code === "ENOSPC" || code === "EDQUOT")
      return backupError("BN2402", { target: this.name, name, reason }, error)
    if (code === "EACCES" || code === "EPERM" || code === "EROFS")
      return backupError("BN2404", { target: this.name, reason }, error)
    return backupError("BN2401", { target: this.name, doing, name, reason }, error)
  }
}

/** What the body itself throws is its maker's, not the disk's. */
async function* chunksOf(body: ObjectBody, onError: (error: unknown) => void): AsyncIterable<Uint8Array> {
  if (body instanceof Uint8Array) return yield body
  try {
    yield* body
  } catch (error) {
    onError(error)
    throw error
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? ""
}
