import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { basename, relative, sep } from "node:path"
import { filesBelow } from "../kit/node/files-below.ts"

/** Made by tools, which may be at work meanwhile: another process builds the same page. */
const toolFolders: readonly string[] = ["node_modules", "dist"]

/** Of the names and bytes of all that goes into a page; the lock file in `alsoFrom` stands for the libraries. */
export async function fingerprintOf(source: string, alsoFrom: readonly string[]): Promise<string> {
  const inside = (await filesBelow(source, path => toolFolders.includes(basename(path))))
    .map(path => [relative(source, path).split(sep).join("/"), path] as const)
    .filter(([name]) => !/\.test\.tsx?$/.test(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  const hash = createHash("sha256")
  for (const [name, path] of [...inside, ...alsoFrom.map(path => [basename(path), path] as const)]) {
    const bytes = await readFile(path)
    hash.update(`${name}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest("hex").slice(0, 16)
}
