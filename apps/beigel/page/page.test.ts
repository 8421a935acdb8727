import assert from "node:assert/strict"
import test from "node:test"
import { gzipSync } from "node:zlib"
import { loadPage } from "banyan/page"
import { pageSources } from "./add-page.ts"
import { pageRoutes, views } from "./page-routes.ts"

/** What a phone loads of programs before it sees anything. */
const MAX_SCRIPT_BYTES = 90_000

const files = await loadPage(pageSources)
const routes = pageRoutes(files)
const get = (path: string, headers: Record<string, string> = {}) => routes.request(path, { headers })
const assets = [...files.keys()].filter(path => path.startsWith("/assets/"))
const plain = (path: string) => Buffer.from(files.get(path)!.codings.get("identity")!.bytes)

test("every view is the one document, packed, under the page's rules", async () => {
  for (const path of views) {
    const answer = await get(path.replace(":id", "hLH3ilw3XIi85ChxqFJsqw"))
    assert.equal(answer.status, 200, path)
    assert.equal(answer.headers.get("content-type"), "text/html; charset=utf-8")
    assert.equal(answer.headers.get("cache-control"), "no-cache")
    assert.equal(await answer.text(), plain("/index.html").toString())
  }
  assert.deepEqual([...files.get("/index.html")!.codings.keys()], ["identity", "br", "gzip"])
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
