import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib"
import { answerFile, strictHeaders } from "./page-answer.ts"
import { readPageFiles } from "./page-files.ts"

const folder = mkdtempSync(join(tmpdir(), "page-"))
after(() => rmSync(folder, { recursive: true, force: true }))
const text = Buffer.from("let a = 1\n".repeat(50))
mkdirSync(join(folder, "assets"))
for (const name of ["index.html", "assets/a-12345678.js"]) {
  writeFileSync(join(folder, name), text)
  writeFileSync(join(folder, `${name}.br`), brotliCompressSync(text))
  writeFileSync(join(folder, `${name}.gz`), gzipSync(text))
}
writeFileSync(join(folder, "plain.svg"), "<svg/>")
const files = await readPageFiles(folder)
const headers = strictHeaders(["img-src 'self'"])

function get(path: string, asked: Record<string, string> = {}, status?: 404): Response {
  const request = new Request(`http://page${path}`, { headers: asked })
  return answerFile(request, files.get(path)!, { headers, ...(status === undefined ? {} : { status }) })
}

test("a file is itself, in the coding that is asked for; one that has none is sent as it is", async () => {
  for (const [accept, coding, decode] of [
    ["gzip, br", "br", brotliDecompressSync],
    ["gzip", "gzip", gunzipSync],
    ["identity", null, (bytes: Buffer) => bytes],
  ] as const) {
    const answer = get("/assets/a-12345678.js", { "accept-encoding": accept })
    assert.equal(answer.headers.get("content-encoding"), coding)
    assert.equal(answer.headers.get("vary"), "accept-encoding")
    assert.equal(answer.headers.get("content-type"), "text/javascript; charset=utf-8")
    assert.equal(answer.headers.get("cache-control"), "public, max-age=31536000, immutable")
    assert.deepEqual(decode(Buffer.from(await answer.arrayBuffer())), text)
  }
  assert.equal(get("/plain.svg", { "accept-encoding": "br" }).headers.get("content-encoding"), null)
  assert.deepEqual([...files.keys()].toSorted(), ["/assets/a-12345678.js", "/index.html", "/plain.svg"])
})

test("a browser that has it already is told so, for each coding apart; one that is lost never is", async () => {
  const tags = new Set<string>()
  for (const accept of ["br", "gzip", "identity"]) {
    const tag = get("/index.html", { "accept-encoding": accept }).headers.get("etag")!
    tags.add(tag)
    const asked = { "accept-encoding": accept, "if-none-match": `"other", W/${tag}` }
    const again = get("/index.html", asked)
    assert.equal(again.status, 304)
    assert.equal(await again.text(), "")
    assert.ok(again.headers.has("content-security-policy"))
    assert.equal(get("/index.html", asked, 404).status, 404)
  }
  assert.equal(tags.size, 3)
  const changed = get("/index.html", { "if-none-match": '"other"' })
  assert.deepEqual([changed.status, changed.headers.get("cache-control")], [200, "no-cache"])
})

test("the rules begin with nothing, and end with no frame", () => {
  assert.equal(
    headers["content-security-policy"],
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
      "base-uri 'none'; frame-ancestors 'none'",
  )
})
