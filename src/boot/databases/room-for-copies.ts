import { statfsSync } from "node:fs"
import { stat } from "node:fs/promises"
import { join } from "node:path"
import { filesBelow } from "../../kit/node/files-below.ts"
import { apart } from "../../tiers/data/postgres/server/mounted-folder.ts"

/** What a copy of a data folder needs, and what is free where it lies; in bytes. A server may be writing meanwhile. */
export async function roomForCopies(
  dataFolder: string,
): Promise<{ readonly neededBytes: number; readonly freeBytes: number }> {
  const { bavail, bsize } = statfsSync(dataFolder)
  // Base backups are without what is kept apart.
  const paths = await filesBelow(dataFolder, path => path === join(dataFolder, apart))
  let neededBytes = 0
  for (const path of paths) {
    // A file that has gone since needs no room.
    const found = await stat(path).catch(() => undefined)
    neededBytes += found === undefined ? 0 : found.blocks * 512
  }
  return { neededBytes, freeBytes: bavail * bsize }
}
