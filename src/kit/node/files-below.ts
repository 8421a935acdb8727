import { readdir } from "node:fs/promises"
import { join } from "node:path"

/**
 * The paths of all regular files in a folder and below it, but for folders that `isLeftOut` says are not looked into. A
 * folder that goes meanwhile has none, which `readdir` with `recursive` takes for a failure of the whole. Rejects when
 * `folder` itself cannot be read.
 */
export async function filesBelow(
  folder: string,
  isLeftOut: (path: string) => boolean = () => false,
): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const here = entries.filter(entry => entry.isFile()).map(entry => join(folder, entry.name))
  const folders = entries.filter(entry => entry.isDirectory()).map(entry => join(folder, entry.name))
  const below = folders
    .filter(path => !isLeftOut(path))
    .map(path => filesBelow(path, isLeftOut).catch(unlessGone))
  return [...here, ...(await Promise.all(below)).flat()]
}

function unlessGone(error: NodeJS.ErrnoException): string[] {
  if (error.code !== "ENOENT") throw error
  return []
}
