import assert from "node:assert/strict"
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { type TestContext, test } from "node:test"
import { fileURLToPath } from "node:url"
import { brotliDecompressSync, gunzipSync } from "node:zlib"
import { builtPage } from "./built-page.ts"
import { readPageFiles } from "./page-files.ts"

const packages = fileURLToPath(new URL("../../node_modules", import.meta.url))

function page(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "page-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [source, cache] = [join(folder, "tiny"), join(folder, "cache")]
  mkdirSync(source)
  symlinkSync(packages, join(folder, "node_modules"))
  const write = (name: string, text: string) => writeFileSync(join(source, name), text)
  write("package.json", "{}")
  write("index.html", `<!-- ${"long ".repeat(99)} --><script type="module" src="./main.js"></script>`)
  write("main.js", "document.title = 'one'")
  const told: string[] = []
  const progress = (words: string) => void told.push(words)
  return { cache, told, write, build: () => builtPage({ source, cache, alsoFrom: [], progress }) }
}

test("a page is built once for its content, whole and packed, by however many ask", async t => {
  const { cache, told, write, build } = page(t)
  const [first, same] = await Promise.all([build(), build()])
  assert.equal(first, same)
  assert.deepEqual(told, Array(2).fill("building the page (once)"))
  assert.match(readFileSync(join(first, "index.html"), "utf8"), /assets\/\S+\.js/)
  const files = await readPageFiles(first)
  const script = [...files].find(([path]) => path.endsWith(".js"))!
  assert.match(script[0], /^\/assets\/\S+-\S{8}\.js$/)
  assert.equal(script[1].immutable, true)
  const { identity, br, gzip } = Object.fromEntries(files.get("/index.html")!.codings)
  assert.deepEqual(brotliDecompressSync(br!.bytes), Buffer.from(identity!.bytes))
  assert.deepEqual(gunzipSync(gzip!.bytes), Buffer.from(identity!.bytes))
  assert.equal([...files.keys()].filter(path => /\.(br|gz)$/.test(path)).length, 0)
  write("main.test.ts", "tests are no part of it")
  assert.equal(await build(), first)
  assert.equal(told.length, 2)
  const longAgo = new Date(Date.now() - 3_600_000)
  const left = (name: string) => {
    mkdirSync(join(cache, name))
    utimesSync(join(cache, name), longAgo, longAgo)
  }
  for (const digit of ["1", "2", "3"]) left(`tiny-${digit.repeat(16)}`)
  left(`tiny-${"4".repeat(16)}.123.tmp`)
  left(`other-${"5".repeat(16)}`)
  write("main.js", "document.title = 'two'")
  const second = await build()
  assert.notEqual(second, first)
  const kept = readdirSync(cache)
  for (const path of [first, second]) assert.ok(kept.includes(basename(path)), "young ones stay")
  assert.ok(kept.includes(`other-${"5".repeat(16)}`), "another page's stays")
  assert.equal(kept.filter(name => /^tiny-(1|2|3)/.test(name)).length, 2, "of old ones two stay")
  assert.equal(kept.filter(name => name.endsWith(".tmp")).length, 0)
})

test("sources that change while they are built never lie under the name of what they were", async t => {
  const { write, build } = page(t)
  // The configuration is loaded by whoever builds: it changes the page that is being built, once.
  const change =
    "if (!fs.readFileSync(main, 'utf8').includes('late')) fs.writeFileSync(main, 'document.title=\"late\"')"
  write(
    "vite.config.ts",
    `import fs from "node:fs"
const main = new URL("main.js", import.meta.url)
${change}
export default {}`,
  )
  const built = await build()
  assert.equal(await build(), built)
  const script = [...(await readPageFiles(built))].find(([path]) => path.endsWith(".js"))!
  assert.match(Buffer.from(script[1].codings.get("identity")!.bytes).toString(), /late/)
})

test("a build that fails says why and leaves nothing", async t => {
  const { cache, write, build } = page(t)
  write("main.js", "import './missing.js'")
  await assert.rejects(build(), /missing\.js/)
  assert.deepEqual(readdirSync(cache), [])
})
