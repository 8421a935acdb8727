import assert from "node:assert/strict"
import { test } from "node:test"
import { Hono } from "hono"
import { bodyLimit } from "hono/body-limit"
import { compress } from "hono/compress"
import { cors } from "hono/cors"
import { etag } from "hono/etag"
import { proxy } from "hono/proxy"
import { secureHeaders } from "hono/secure-headers"
import { stream } from "hono/streaming"
import { timeout } from "hono/timeout"
import { validator } from "hono/validator"
import { serveApp } from "./fixtures/serve-app.ts"

/** A framework and its middlewares do to Request and Response what no test of ours would think of. */
async function serveHono(t: Parameters<typeof serveApp>[0], app: Hono): Promise<string> {
  const { url } = await serveApp(t, request => app.fetch(request))
  return url
}

test("Hono: routes, fields and cookies", async t => {
  const app = new Hono()
  app.use(cors(), secureHeaders(), timeout(5000))
  app.get("/json/:id", context => {
    context.header("x-a", "1")
    context.header("set-cookie", "a=1", { append: true })
    context.header("set-cookie", "b=2", { append: true })
    return context.json({ id: context.req.param("id"), q: context.req.query("q") }, 201)
  })
  app.get("/html", context => context.html("<p>né</p>"))
  app.get("/away", context => context.redirect("/html"))
  const url = await serveHono(t, app)
  const json = await fetch(`${url}/json/7?q=%C3%A9`)
  assert.equal(json.status, 201)
  assert.deepEqual(await json.json(), { id: "7", q: "é" })
  assert.deepEqual(json.headers.getSetCookie(), ["a=1", "b=2"])
  assert.equal(json.headers.get("access-control-allow-origin"), "*")
  assert.equal(json.headers.get("x-frame-options"), "SAMEORIGIN")
  const html = await fetch(`${url}/away`)
  assert.equal(html.url, `${url}/html`)
  assert.equal(await html.text(), "<p>né</p>")
  assert.equal((await fetch(`${url}/none`)).status, 404)
})

test("Hono: compression and entity tags", async t => {
  const app = new Hono()
  app.use("/compressed", compress({ threshold: 1 }))
  app.get("/compressed", context => context.text("long ".repeat(500)))
  app.use("/tagged", etag())
  app.get("/tagged", context => context.text("same"))
  const url = await serveHono(t, app)
  const compressed = await fetch(`${url}/compressed`)
  assert.equal(compressed.headers.get("content-encoding"), "gzip")
  assert.equal(await compressed.text(), "long ".repeat(500))
  const tag = (await fetch(`${url}/tagged`)).headers.get("etag")
  const again = await fetch(`${url}/tagged`, { headers: { "if-none-match": tag! } })
  assert.equal(again.status, 304)
})

test("Hono: a body with and without its length, within a limit and over it", async t => {
  const app = new Hono()
  app.use("/json", bodyLimit({ maxSize: 100, onError: context => context.text("too large", 413) }))
  app.post(
    "/json",
    validator("json", value => value as { a: number }),
    async context =>
      context.json([context.req.valid("json").a, await context.req.json(), await context.req.text()]),
  )
  app.post("/form", async context => context.json(await context.req.parseBody()))
  const url = await serveHono(t, app)
  const headers = { "content-type": "application/json" }
  const chunked = (text: string) => ({
    body: ReadableStream.from([Buffer.from(text)]),
    duplex: "half" as const,
  })
  for (const body of [{ body: '{"a":1}' }, chunked('{"a":1}')]) {
    const response = await fetch(`${url}/json`, { method: "POST", headers, ...body })
    assert.deepEqual(await response.json(), [1, { a: 1 }, '{"a":1}'])
  }
  const large = `"${"x".repeat(200)}"`
  for (const body of [{ body: large }, chunked(large)])
    assert.equal((await fetch(`${url}/json`, { method: "POST", headers, ...body })).status, 413)
  const form = new FormData()
  form.set("b", "two")
  for (const body of [new URLSearchParams({ a: "one" }), form])
    assert.deepEqual(
      await (await fetch(`${url}/form`, { method: "POST", body })).json(),
      Object.fromEntries(body),
    )
})

test("Hono: a stream, and a proxy that passes on what it was given", async t => {
  const app = new Hono()
  app.all("/stream", context =>
    stream(context, async out => {
      for (const word of ["one", "two"]) await out.write(word)
    }),
  )
  app.all("/echo", async context => context.text(`${context.req.method} ${await context.req.text()}`))
  let origin = ""
  app.all("/proxy/:path", context => proxy(`${origin}/${context.req.param("path")}`, context.req.raw))
  app.all("/fetch", context => fetch(new Request(`${origin}/echo`, context.req.raw)))
  origin = await serveHono(t, app)
  assert.equal(await (await fetch(`${origin}/stream`)).text(), "onetwo")
  assert.equal(await (await fetch(`${origin}/proxy/stream`)).text(), "onetwo")
  const post = { method: "POST", body: "né" }
  assert.equal(await (await fetch(`${origin}/proxy/echo`, post)).text(), "POST né")
  assert.equal(await (await fetch(`${origin}/fetch`, post)).text(), "POST né")
})
