import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs"
import { dirname } from "node:path"

/**
 * Replaces a file so that a reader, or a crash at any moment, sees the old or the new bytes and nothing between:
 * write beside it, fsync, rename, fsync the folder. Files are 0600.
 */
export function writeFileAtomic(path: string, bytes: string | Uint8Array): void {
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = openSync(temporary, "w", 0o600)
    try {
      const data = typeof bytes === "string" ? Buffer.from(bytes) : bytes
      for (let offset = 0; offset < data.length; ) offset += writeSync(file, data, offset)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  syncFolder(folder)
}

/** Makes renames and new names in a folder durable. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, "r")
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
