import { execFile } from "node:child_process"
import { mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { stripVTControlCharacters } from "node:util"
import { type PageFiles, readPageFiles } from "./page-files.ts"
import { fingerprintOf } from "./page-fingerprint.ts"

export type PageSources = {
  /** Folder of a page's sources: its `vite.config.ts`, its `index.html` and what they load. */
  readonly source: string
  /** Where built pages are kept. */
  readonly cache: string
  /** Files outside `source` that a build depends on: the lock file, data, modules of other rooms. */
  readonly alsoFrom: readonly string[]
  /** Is told what takes long, when something does. */
  readonly progress?: (words: string) => void
}

const builder = fileURLToPath(new URL("./build-page.ts", import.meta.url))

/** Who builds is given up after this. */
const buildTimeoutMs = 5 * 60_000

/** Builds of a page that stay: a process of the version before may be about to read its own. */
const keptBuilds = 3

const underWay = new Map<string, Promise<void>>()

/** The page's files, some hundred KB in memory; built first where these sources never were. Throws the build's words. */
export async function loadPage(page: PageSources): Promise<PageFiles> {
  return await readPageFiles(await builtPage(page))
}

/**
 * The folder with the files that browsers load, made from `source` by Vite when its content is not in the cache yet, in
 * some seconds, in a process of its own: a server never carries a bundler. What is there is whole: it gets its name when
 * it is finished, and of several processes that build the same the first one wins. Throws with the words of a build
 * that failed.
 */
export async function builtPage(page: PageSources): Promise<string> {
  const { source, cache, alsoFrom, progress } = page
  const inputs = [...alsoFrom, builder]
  const print = await fingerprintOf(source, inputs)
  const built = join(cache, `${basename(source)}-${print}`)
  if (await exists(built)) {
    // Younger than what nobody asks for any more; a cache that cannot be written to loses nothing by it.
    await utimes(built, new Date(), new Date()).catch(() => undefined)
    return built
  }
  progress?.("building the page (once)")
  const stillSame = async () => (await fingerprintOf(source, inputs)) === print
  const running = underWay.get(built) ?? build(source, built, stillSame).finally(() => underWay.delete(built))
  underWay.set(built, running)
  await running
  return (await exists(built)) ? built : await builtPage(page)
}

/** Leaves nothing when the sources changed meanwhile: a name must never stand for other bytes than its own. */
async function build(source: string, built: string, stillSame: () => Promise<boolean>): Promise<void> {
  const unfinished = `${built}.${process.pid}.tmp`
  await mkdir(dirname(built), { recursive: true, mode: 0o700 })
  try {
    await runBuilder(source, unfinished)
    if (!(await stillSame())) return
    await rename(unfinished, built).catch(async error => {
      if (!(await exists(built))) throw error
    })
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  await removeOld(built)
}

function runBuilder(source: string, folder: string): Promise<void> {
  const { NODE_OPTIONS: _, ...env } = process.env
  const options = { timeout: buildTimeoutMs, env: { ...env, NODE_ENV: "production", NO_COLOR: "1" } }
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [builder, source, folder], options, (error, stdout, stderr) => {
      if (error === null) resolve()
      else reject(new Error(wordsOf(`${stdout}\n${stderr}`) || error.message, { cause: error }))
    })
  })
}

/** What the build said, without its stack. */
function wordsOf(output: string): string {
  const lines = stripVTControlCharacters(output)
    .split("\n")
    .map(line => line.trim())
  const end = lines.findIndex(line => line.startsWith("at "))
  const words = (end === -1 ? lines : lines.slice(0, end)).filter(line => line !== "")
  return words.slice(0, 12).join(" | ")
}

/** Builds of this page that nobody used for long; unfinished ones too, once whoever made them must have ended. */
async function removeOld(built: string): Promise<void> {
  const [folder, name] = [dirname(built), basename(built)]
  const stem = name.slice(0, name.lastIndexOf("-"))
  const ours = (await readdir(folder)).filter(
    other => other !== name && /^-[0-9a-f]{16}(\.\d+\.tmp)?$/.test(other.replace(stem, "")),
  )
  const found = await Promise.all(
    ours.map(async other => {
      const path = join(folder, other)
      return { path, usedMs: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 }
    }),
  )
  const old = found
    .filter(({ usedMs }) => usedMs < Date.now() - 2 * buildTimeoutMs)
    .toSorted((a, b) => b.usedMs - a.usedMs)
    .filter(({ path }, nth) => path.endsWith(".tmp") || nth >= keptBuilds - 1)
  await Promise.all(old.map(({ path }) => rm(path, { recursive: true, force: true })))
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
