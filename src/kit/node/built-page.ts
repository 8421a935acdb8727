import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, dirname, join } from "node:path"
import { stripVTControlCharacters } from "node:util"

export type PageSources = {
  /** Folder of a page's sources: its `vite.config.ts`, its `index.html` and what they load. */
  readonly source: string
  /** Where built pages are kept. */
  readonly cache: string
  /** Files outside `source` that a build depends on: the lock file, modules of other rooms. */
  readonly alsoFrom?: readonly string[]
}

/** Who builds is given up after this. */
const buildTimeoutMs = 5 * 60_000

const underWay = new Map<string, Promise<string>>()

/**
 * The folder with the files that browsers load, made from `source` by Vite when its content is not in the cache yet, in
 * about a second, in a process of its own. What is there is whole: it gets its name when it is finished, and of several
 * processes that build the same the first one wins. Older ones of the same name go: read it whole before you serve it.
 * Throws with the words of a build that failed.
 */
export function builtPage({ source, cache, alsoFrom = [] }: PageSources): Promise<string> {
  const built = join(cache, `${basename(source)}-${fingerprint(source, alsoFrom)}`)
  if (existsSync(built)) return Promise.resolve(built)
  const running = underWay.get(built) ?? build(source, built).finally(() => underWay.delete(built))
  underWay.set(built, running)
  return running
}

async function build(source: string, built: string): Promise<string> {
  const unfinished = `${built}.${process.pid}.tmp`
  mkdirSync(dirname(built), { recursive: true, mode: 0o700 })
  try {
    await runVite(source, unfinished)
    renameSync(unfinished, built)
    removeOthers(built)
  } catch (error) {
    if (!existsSync(built)) throw error
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return built
}

function removeOthers(built: string): void {
  const [folder, name] = [dirname(built), basename(built)]
  const stem = name.slice(0, name.lastIndexOf("-"))
  for (const other of readdirSync(folder))
    if (other !== name && new RegExp(`^${stem}-[0-9a-f]{16}$`).test(other))
      rmSync(join(folder, other), { recursive: true, force: true })
}

/** Vite of the page's own dependencies; the config is loaded by Node itself, so nothing is written beside the sources. */
function runVite(source: string, outDir: string): Promise<void> {
  const vite = createRequire(join(source, "package.json")).resolve("vite/package.json")
  const argv = [join(dirname(vite), "bin", "vite.js"), "build", source, "--outDir", outDir]
  const options = ["--configLoader", "native", "--logLevel", "warn", "--emptyOutDir"]
  const { NODE_OPTIONS: _, ...env } = process.env
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [...argv, ...options],
      { timeout: buildTimeoutMs, env: { ...env, NODE_ENV: "production", NO_COLOR: "1" } },
      (error, stdout, stderr) => {
        if (error === null) resolve()
        else reject(new Error(wordsOf(`${stdout}\n${stderr}`) || error.message, { cause: error }))
      },
    )
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

/** Of the names and bytes of all that goes into the page; the lock file in `alsoFrom` stands for the libraries. */
function fingerprint(source: string, alsoFrom: readonly string[]): string {
  const hash = createHash("sha256")
  const own = globSync("**/*", {
    cwd: source,
    exclude: path => /(^|\/)(node_modules|dist)$|\.test\.ts$/.test(path),
  })
  const inside = own.sort().map(path => [path, join(source, path)] as const)
  for (const [name, path] of [...inside, ...alsoFrom.map(path => [basename(path), path] as const)]) {
    const bytes = readIfFile(path)
    if (bytes !== undefined) hash.update(`${name}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest("hex").slice(0, 16)
}

function readIfFile(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EISDIR") return undefined
    throw error
  }
}
