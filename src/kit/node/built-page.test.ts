import assert from "node:assert/strict"
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { fileURLToPath } from "node:url"
import { builtPage } from "./built-page.ts"

const packages = fileURLToPath(new URL("../../../node_modules", import.meta.url))

function page(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "page-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [source, cache] = [join(folder, "tiny"), join(folder, "cache")]
  mkdirSync(source)
  symlinkSync(packages, join(folder, "node_modules"))
  const write = (name: string, text: string) => writeFileSync(join(source, name), text)
  write("package.json", "{}")
  write("index.html", '<script type="module" src="./main.js"></script>')
  write("main.js", "document.title = 'one'")
  return { cache, write, build: () => builtPage({ source, cache }) }
}

test("a page is built once for its content, whole, by however many ask; older builds go", async t => {
  const { cache, write, build } = page(t)
  const [first, same] = await Promise.all([build(), build()])
  assert.equal(first, same)
  assert.match(readFileSync(join(first, "index.html"), "utf8"), /assets\/\S+\.js/)
  assert.equal(await build(), first)
  write("main.test.ts", "tests are no part of it")
  assert.equal(await build(), first)
  write("main.js", "document.title = 'two'")
  const second = await build()
  assert.notEqual(second, first)
  assert.deepEqual(
    readdirSync(cache).map(name => join(cache, name)),
    [second],
  )
})

test("a build that fails says why and leaves nothing", async t => {
  const { cache, write, build } = page(t)
  write("main.js", "import './missing.js'")
  await assert.rejects(build(), /missing\.js/)
  assert.deepEqual(readdirSync(cache), [])
})
