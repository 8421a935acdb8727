/**
 * `node build-page.ts <source> <folder>`: builds the page in `source` into the folder, each text beside itself in gzip
 * and brotli. The Vite is the one of the page's own package; Node loads its configuration, so nothing is written
 * beside the sources.
 */
import { readdir, readFile, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { extname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { brotliCompress, constants, gzip } from "node:zlib"

const [source, folder] = process.argv.slice(2)
if (source === undefined || folder === undefined)
  throw new Error("say which and where: node build-page.ts <source> <folder>")
const packed = new Set([".html", ".css", ".js", ".json", ".svg", ".webmanifest"])

type Vite = { build(options: object): Promise<unknown> }
const vite = createRequire(join(source, "package.json")).resolve("vite")
const { build } = (await import(pathToFileURL(vite).href)) as Vite
await build({
  root: source,
  configLoader: "native",
  logLevel: "warn",
  build: { outDir: folder, emptyOutDir: true },
})
const entries = await readdir(folder, { recursive: true, withFileTypes: true })
await Promise.all(
  entries
    .filter(entry => entry.isFile() && packed.has(extname(entry.name)))
    .map(entry => compress(join(entry.parentPath, entry.name))),
)

async function compress(path: string): Promise<void> {
  const bytes = await readFile(path)
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(bytes, { params }),
    promisify(gzip)(bytes, { level: 9 }),
  ])
  // A coding that saves nothing is left out.
  for (const [suffix, coded] of [
    [".br", br],
    [".gz", gz],
  ] as const) {
    if (coded.length < bytes.length) await writeFile(path + suffix, coded)
  }
}
