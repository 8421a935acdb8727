import assert from "node:assert/strict"
import test from "node:test"
import { brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib"
import { builtPage } from "./built-page.ts"
import { readPageFiles } from "./page-files.ts"
import { pageRoutes, views } from "./page-routes.ts"

/** What a phone loads of programs before it sees anything. */
const MAX_SCRIPT_BYTES = 90_000

const told: string[] = []
const folder = await builtPage(words => told.push(words))
const files = await readPageFiles(folder)
const routes = pageRoutes(files)
const get = (path: string, headers: Record<string, string> = {}) => routes.request(path, { headers })
const assets = [...files.keys()].filter(path => path.startsWith("/assets/"))
const plain = (path: string) => Buffer.from(files.get(path)!.codings.get("identity")!.bytes)

test("the same sources are built once, also by two at a time", async () => {
  told.length = 0
  assert.deepEqual(await Promise.all([builtPage(say), builtPage(say)]), [folder, folder])
  assert.deepEqual(told, [])
  function say(words: string) {
    told.push(words)
  }
})

test("every view is the one document; files are themselves, in the coding that is asked for", async () => {
  for (const path of views) {
    const answer = await get(path.replace(":id", "hLH3ilw3XIi85ChxqFJsqw"))
    assert.equal(answer.status, 200, path)
    assert.equal(answer.headers.get("content-type"), "text/html; charset=utf-8")
    assert.equal(answer.headers.get("cache-control"), "no-cache")
    assert.equal(await answer.text(), plain("/index.html").toString())
  }
  const script = assets.find(path => path.endsWith(".js"))!
  for (const [accept, coding, decode] of [
    ["gzip, br", "br", brotliDecompressSync],
    ["gzip", "gzip", gunzipSync],
    ["identity", null, (bytes: Buffer) => bytes],
  ] as const) {
    const answer = await get(script, { "accept-encoding": accept })
    assert.equal(answer.headers.get("content-encoding"), coding)
    assert.equal(answer.headers.get("vary"), "accept-encoding")
    assert.equal(answer.headers.get("cache-control"), "public, max-age=31536000, immutable")
    assert.deepEqual(decode(Buffer.from(await answer.arrayBuffer())), plain(script))
  }
})

test("a browser that has it already is told so, for each coding apart", async () => {
  const tags = new Set<string>()
  for (const accept of ["br", "gzip", "identity"]) {
    const tag = (await get("/", { "accept-encoding": accept })).headers.get("etag")!
    tags.add(tag)
    const again = await get("/", { "accept-encoding": accept, "if-none-match": `"other", W/${tag}` })
    assert.equal(again.status, 304)
    assert.equal(await again.text(), "")
    assert.ok(again.headers.has("content-security-policy"))
  }
  assert.equal(tags.size, 3)
  assert.equal((await get("/", { "if-none-match": '"other"' })).status, 200)
})

test("nothing but the build's own files can be asked for", async () => {
  for (const path of [
    "/index.html.br",
    "/assets/",
    "/assets/../index.html.gz",
    "/assets/..%2f..%2fpackage.json",
    "/assets/%2e%2e/%2e%2e/package.json",
    "/..%5cweb%5cindex.html",
    "/src/main.tsx",
    "/vite.config.ts",
    "/dist",
    "/cafes/a/b",
  ]) {
    assert.equal((await get(path)).status, 404, path)
  }
})

test("nothing comes from elsewhere: neither the rules nor the files name another host", async () => {
  const policy = (await get("/")).headers.get("content-security-policy")!
  assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/)
  assert.doesNotMatch(policy, /unsafe|https?:|data:|\*/)
  for (const path of [...files.keys()].filter(name => /\.(html|css|js|json|svg|webmanifest)$/.test(name))) {
    const hosts = new Set(
      plain(path)
        .toString()
        .match(/\bhttps?:\/\/[\w.-]+/g),
    )
    // Names of XML, and React's page of error messages, which is only ever printed.
    for (const name of ["http://www.w3.org", "https://react.dev"]) hosts.delete(name)
    assert.deepEqual([...hosts], [], path)
  }
  assert.doesNotMatch(plain("/index.html").toString(), / style="| on\w+="|<style|<script>/)
})

test(`scripts weigh less than ${MAX_SCRIPT_BYTES / 1000} KB, packed`, t => {
  const scripts = assets.filter(path => path.endsWith(".js"))
  const packed = scripts.map(path => gzipSync(plain(path), { level: 9 }).length)
  const bytes = packed.reduce((sum, one) => sum + one, 0)
  t.diagnostic(`${bytes} bytes in gzip`)
  assert.ok(bytes > 10_000 && bytes < MAX_SCRIPT_BYTES, `${bytes} bytes`)
})

test("the worker for times without a network keeps exactly this build", () => {
  const [, list = "[]"] = /^const FILES = (\[.*?\])\n/.exec(plain("/sw.js").toString()) ?? []
  assert.deepEqual((JSON.parse(list) as string[]).toSorted(), ["/", ...assets].toSorted())
})
