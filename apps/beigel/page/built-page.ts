import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { readdir, readFile, rename, rm, stat } from "node:fs/promises"
import { createRequire } from "node:module"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const web = fileURLToPath(new URL("../web", import.meta.url))
const builds = join(web, "dist")
const builder = fileURLToPath(new URL("../web/build/build-page.ts", import.meta.url))

/** Besides the page's own files: what is drawn on its map, and the tools, by version. */
const alsoRead = [new URL("../data/nyc-neighborhoods.geojson", import.meta.url)]
const tools = ["vite", "@vitejs/plugin-react", "react", "react-dom"]

/** Builds kept: a process of the version before may be about to read its own. */
const KEPT = 3

const BUILD_TIMEOUT_MS = 120_000

/**
 * The folder of the page as it is now. It is built when there is none of these sources, by a process of its own, so
 * that a server never carries a bundler. Several processes may do so at once: the first to finish is the one that is kept.
 */
export async function builtPage(progress: (words: string) => void): Promise<string> {
  const folder = join(builds, await sourcesHash())
  if (await exists(folder)) return folder
  progress("building the page (once)")
  const mine = join(builds, `.${process.pid}-${Date.now()}`)
  try {
    await runBuilder(mine)
    await rename(mine, folder).catch(async error => {
      if (!(await exists(folder))) throw error
    })
  } finally {
    await rm(mine, { recursive: true, force: true })
  }
  await removeOld(folder)
  return folder
}

async function sourcesHash(): Promise<string> {
  const hash = createHash("sha256")
  const entries = await readdir(web, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter(entry => entry.isFile() && !entry.parentPath.startsWith(builds))
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => !path.includes(".test."))
    .toSorted()
  for (const path of [...paths, ...alsoRead]) hash.update(await readFile(path)).update("\0")
  const require = createRequire(import.meta.url)
  for (const tool of tools) hash.update(await versionOf(require, tool))
  return hash.digest("hex").slice(0, 16)
}

/** Found by its folder, for not every package lets its package.json be imported. */
async function versionOf(require: NodeJS.Require, name: string): Promise<string> {
  for (const folder of require.resolve.paths(name) ?? []) {
    const text = await readFile(join(folder, name, "package.json"), "utf8").catch(() => undefined)
    if (text !== undefined) return `${name}@${(JSON.parse(text) as { version: string }).version}`
  }
  throw new Error(`${name} is not installed: run npm ci`)
}

async function runBuilder(folder: string): Promise<void> {
  const child = spawn(process.execPath, [builder, folder], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: BUILD_TIMEOUT_MS,
  })
  let said = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", text => {
      said = (said + text).slice(-4000)
    })
  }
  const outcome = await new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code, signal) => resolve(code ?? signal))
  })
  if (outcome !== 0) throw new Error(`the page could not be built (${outcome}): ${said.trim()}`)
}

/** Unfinished ones too, once whoever made them must have ended. */
async function removeOld(current: string): Promise<void> {
  const found = await Promise.all(
    (await readdir(builds)).map(async name => {
      const path = join(builds, name)
      return { path, mtimeMs: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 }
    }),
  )
  const old = found
    .filter(({ path }) => path !== current)
    .toSorted((a, b) => b.mtimeMs - a.mtimeMs)
    .slice(KEPT - 1)
    .filter(({ mtimeMs }) => mtimeMs < Date.now() - 2 * BUILD_TIMEOUT_MS)
  await Promise.all(old.map(({ path }) => rm(path, { recursive: true, force: true })))
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
