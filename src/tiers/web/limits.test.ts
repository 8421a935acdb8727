import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { systemClock } from "../../kit/node/system-clock.ts"
import { createWeb } from "./create-web.ts"
import { RawClient, serveApp, testLimits } from "./fixtures/serve-app.ts"

const ok = () => new Response("ok")

test("what is no request is refused with its rule, and the connection closes", async t => {
  const { port } = await serveApp(t, ok)
  const cases: Array<[status: number, code: string, lines: string[]]> = [
    [400, "BN1101", ["GET / HTTP/1.1\nHost: a", "", ""]],
    [
      400,
      "BN1119",
      ["POST / HTTP/1.1", "Host: a", "Content-Length: 1", "Transfer-Encoding: chunked", "", ""],
    ],
    [431, "BN1134", ["GET / HTTP/1.1", "Host: a", `X: ${"x".repeat(40_000)}`, "", ""]],
    [505, "BN1110", ["GET / HTTP/3.0", "Host: a", "", ""]],
    [501, "BN2105", ["TRACE / HTTP/1.1", "Host: a", "Connection: close", "", ""]],
    [501, "BN2105", ["Trace / HTTP/1.1", "Host: a", "Connection: close", "", ""]],
    [400, "BN2106", ["GET / HTTP/1.1", "Host: 1.2.3.4.5", "Connection: close", "", ""]],
  ]
  for (const [status, code, lines] of cases) {
    const answer = await new RawClient(t, port).send(...lines).end()
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `), code)
    assert.match(answer, new RegExp(`"code":"${code}"`))
    assert.match(answer, /connection: close/)
  }
})

test("a body over the limit is a 413, whether it tells its length or not", async t => {
  const { port } = await serveApp(t, async request => new Response(await request.text()), {
    maxBodyBytes: 1000,
  })
  const told = new RawClient(t, port).send("POST / HTTP/1.1", "Host: a", "Content-Length: 1001", "", "")
  assert.match(await told.end(), /^HTTP\/1.1 413 /)
  const untold = new RawClient(t, port).send(
    "POST / HTTP/1.1",
    "Host: a",
    "Transfer-Encoding: chunked",
    "",
    "",
  )
  untold.send("200", "x".repeat(512), "").send("200", "x".repeat(512), "")
  assert.match(await untold.end(), /^HTTP\/1.1 413 /)
  const fits = new RawClient(t, port).send(
    "POST / HTTP/1.1",
    "Host: a",
    "Content-Length: 1000",
    "",
    "x".repeat(1000),
  )
  await fits.until(/x{1000}$/)
})

test("a head that does not come to its end is a 408; an idle connection is closed without a word", async t => {
  const { port } = await serveApp(t, ok, { headTimeoutMs: 60, keepAliveMs: 300 })
  const slow = new RawClient(t, port).send("GET / HTTP/1.1", "Host:")
  assert.match(await slow.end(), /^HTTP\/1.1 408 .*"code":"BN2107"/s)
  const idle = new RawClient(t, port).send("GET / HTTP/1.1", "Host: a", "", "")
  assert.match(await idle.end(), /^HTTP\/1.1 200 .*ok$/s)
})

test("an answer that takes longer than every time-out is waited for", async t => {
  const { port } = await serveApp(
    t,
    async () => {
      await new Promise(resolve => setTimeout(resolve, 300))
      return new Response("late")
    },
    { headTimeoutMs: 40, keepAliveMs: 40 },
  )
  assert.match(await new RawClient(t, port).send("GET / HTTP/1.1", "Host: a", "", "").end(), /late$/)
})

test("a Unix socket: a stale one is replaced, a living one is not, and what cannot be is told", async t => {
  const folder = mkdtempSync(join(tmpdir(), "banyan-web-"))
  t.after(() => rmSync(folder, { recursive: true }))
  const make = () => {
    const web = createWeb({
      id: "web-1",
      app: { fetch: ok },
      limits: testLimits,
      clock: systemClock,
      log: { info() {}, error() {} },
    })
    t.after(() => web.stop(1))
    return web
  }
  const path = join(folder, "web-1.sock")
  const first = make()
  assert.deepEqual(await first.listen({ path }), { path })
  await assert.rejects(make().listen({ path }), { code: "BN2104", message: /another process listens/ })
  await first.stop(1)

  const stale = createServer()
  await new Promise<void>(resolve => stale.listen(path, resolve))
  // Closing removes the file; a process that was killed leaves it.
  const { renameSync } = await import("node:fs")
  renameSync(path, `${path}.kept`)
  await new Promise(resolve => stale.close(resolve))
  renameSync(`${path}.kept`, path)
  assert.deepEqual(await make().listen({ path }), { path })

  const other = join(folder, "file")
  writeFileSync(other, "")
  await assert.rejects(make().listen({ path: other }), { code: "BN2104", message: /no socket/ })
  await assert.rejects(make().listen({ path: join(folder, "x".repeat(120)) }), { message: /107 bytes/ })
  await assert.rejects(make().listen({ path: join(folder, "none", "s") }), { code: "BN2104" })
})
