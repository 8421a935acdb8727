/** `node build-page.ts <folder>`: builds the page into the folder, each text beside itself in gzip and brotli. */
import { readdir, readFile, writeFile } from "node:fs/promises"
import { extname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { brotliCompress, constants, gzip } from "node:zlib"
import { build } from "vite"

const folder = process.argv[2]
if (folder === undefined) throw new Error("say where: node build-page.ts <folder>")
const packed = new Set([".html", ".css", ".js", ".json", ".svg", ".webmanifest"])

await build({
  configFile: fileURLToPath(new URL("../vite.config.ts", import.meta.url)),
  build: { outDir: folder },
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
