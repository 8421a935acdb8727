import { statfsSync } from "node:fs"
import { readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { apart } from "../../tiers/data/postgres/server/mounted-folder.ts"

/** What a copy of a data folder needs, and what is free where it lies; in bytes. A server may be writing meanwhile. */
export async function roomForCopies(
  dataFolder: string,
): Promise<{ readonly neededBytes: number; readonly freeBytes: number }> {
  const { bavail, bsize } = statfsSync(dataFolder)
  const entries = await readdir(dataFolder, { recursive: true, withFileTypes: true })
  // Base backups are without it.
  const kept = join(dataFolder, apart)
  let neededBytes = 0
  for (const entry of entries) {
    if (!entry.isFile() || entry.parentPath.startsWith(kept)) continue
    // A file that has gone since needs no room.
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined)
    neededBytes += found === undefined ? 0 : found.blocks * 512
  }
  return { neededBytes, freeBytes: bavail * bsize }
}
