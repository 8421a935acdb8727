import assert from "node:assert/strict"
import { readdir, readFile } from "node:fs/promises"
import test from "node:test"
import { pageRoutes } from "./page-routes.ts"

const routes = await pageRoutes()

test("every file of the page is served, as what it is", async () => {
  const files = (await readdir(import.meta.dirname)).filter(name => !name.endsWith(".ts"))
  const types: Record<string, string> = {
    html: "text/html",
    css: "text/css",
    js: "text/javascript",
    svg: "image/svg",
  }
  for (const name of files) {
    const response = await routes.request(name === "index.html" ? "/" : `/page/${name}`)
    assert.equal(response.status, 200, name)
    assert.ok(response.headers.get("content-type")!.startsWith(types[name.split(".").at(-1)!]!), name)
    assert.equal(await response.text(), await readFile(new URL(name, import.meta.url), "utf8"))
  }
})

test("a browser that has it already is told so", async () => {
  const tag = (await routes.request("/")).headers.get("etag")!
  const again = await routes.request("/", { headers: { "if-none-match": tag } })
  assert.equal(again.status, 304)
  assert.equal(await again.text(), "")
  assert.equal((await routes.request("/", { headers: { "if-none-match": '"other"' } })).status, 200)
})

test("nothing from elsewhere is loaded, and nothing is written into the page as markup", async () => {
  for (const name of ["index.html", "page.css", "page.js", "api.js", "account.js", "render.js"]) {
    const text = await readFile(new URL(name, import.meta.url), "utf8")
    assert.doesNotMatch(
      text,
      /https?:\/\/|innerHTML|outerHTML|insertAdjacentHTML|document\.write| style="| on\w+="/,
      name,
    )
  }
  const { headers } = await routes.request("/")
  assert.match(headers.get("content-security-policy")!, /default-src 'none'/)
  assert.equal(headers.get("x-content-type-options"), "nosniff")
})

test("every element that the scripts look for is in the page", async () => {
  const html = await readFile(new URL("index.html", import.meta.url), "utf8")
  const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(match => match[1]))
  for (const name of ["page.js", "account.js", "render.js"]) {
    const script = await readFile(new URL(name, import.meta.url), "utf8")
    for (const [, id] of script.matchAll(/(?:element|fromTemplate)\("([\w-]+)"\)/g))
      assert.ok(ids.has(id), `${name}: ${id}`)
  }
})
