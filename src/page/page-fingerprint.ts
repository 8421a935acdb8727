import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { basename, join, relative, sep } from "node:path"

/** Made by tools or for tests: no part of a page. */
const leftOut = /(^|\/)(node_modules|dist)\/|\.test\.tsx?$/

/** Of the names and bytes of all that goes into a page; the lock file in `alsoFrom` stands for the libraries. */
export async function fingerprintOf(source: string, alsoFrom: readonly string[]): Promise<string> {
  const entries = await readdir(source, { recursive: true, withFileTypes: true })
  const inside = entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .map(path => [relative(source, path).split(sep).join("/"), path] as const)
    .filter(([name]) => !leftOut.test(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  const hash = createHash("sha256")
  for (const [name, path] of [...inside, ...alsoFrom.map(path => [basename(path), path] as const)]) {
    const bytes = await readFile(path)
    hash.update(`${name}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest("hex").slice(0, 16)
}
