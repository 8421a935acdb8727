import { release } from "node:os"

/** The first Linux whose syncfs(2) tells what could not be written. */
const tellsSince = [5, 8] as const

/**
 * How a whole data folder is brought to the disk, in Postgres's words. It has a thousand files from birth on, and each
 * synced by itself is a flush of the disk: seconds, and on a busy one a minute. `syncfs` is one flush, of all that others
 * have written there too.
 */
export const syncMethod: "syncfs" | "fsync" = tellsErrors() ? "syncfs" : "fsync"

function tellsErrors(): boolean {
  if (process.platform !== "linux") return false
  const [major = 0, minor = 0] = release().split(".").map(Number)
  return major > tellsSince[0] || (major === tellsSince[0] && minor >= tellsSince[1])
}
