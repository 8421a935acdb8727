import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { basename, join, relative, sep } from "node:path"

/** Made by tools; not looked into either, for while another process builds a page what lies in there comes and goes. */
const toolFolders: readonly string[] = ["node_modules", "dist"]

/** Of the names and bytes of all that goes into a page; the lock file in `alsoFrom` stands for the libraries. */
export async function fingerprintOf(source: string, alsoFrom: readonly string[]): Promise<string> {
  const inside = (await filesIn(source))
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

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const below = entries
    .filter(entry => entry.isDirectory() && !toolFolders.includes(entry.name))
    .map(entry => filesIn(join(folder, entry.name)))
  const here = entries.filter(entry => entry.isFile()).map(entry => join(folder, entry.name))
  return [...here, ...(await Promise.all(below)).flat()]
}
