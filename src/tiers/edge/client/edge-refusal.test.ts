import assert from "node:assert/strict"
import { test } from "node:test"
import { startBackend, startEdge, startRawBackend, until } from "../testing/edge-fixture.ts"
import { RawClient } from "../testing/raw-client.ts"

const refused: ReadonlyArray<readonly [string, string, number, boolean]> = [
  [
    "both framings",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
    400,
    true,
  ],
  [
    "two lengths",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    400,
    true,
  ],
  ["bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400, true],
  ["space before colon", "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n", 400, true],
  ["two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, true],
  ["no host", "GET / HTTP/1.1\r\n\r\n", 400, true],
  ["bad chunk", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, true],
  ["climbing path", "GET /../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 400, true],
  ["unknown coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501, true],
  ["almost HTTP/2", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", 505, true],
  ["long line", `GET /${"a".repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 414, true],
  ["large fields", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(20_000)}\r\n\r\n`, 431, true],
  [
    "odd expectation",
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: x 100-continue\r\nContent-Length: 1\r\n\r\na",
    417,
    true,
  ],
  ["large body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", 413, true],
  [
    "large chunks",
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n${"a".repeat(1024)}\r\n0\r\n\r\n`,
    413,
    true,
  ],
  ["CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 405, true],
  ["inside path", "GET /.banyan/health HTTP/1.1\r\nHost: a\r\n\r\n", 404, false],
  ["inside path, escaped", "GET /%2eb%61nyan/health HTTP/1.1\r\nHost: a\r\n\r\n", 404, false],
  ["inside path, roundabout", "GET /x/..//./.BANYAN/health HTTP/1.1\r\nHost: a\r\n\r\n", 404, false],
  ["inside path, absolute", "GET http://a/.banyan/health HTTP/1.1\r\nHost: a\r\n\r\n", 404, false],
]

for (const [name, text, status, closes] of refused) {
  test(`${name} is answered ${status}${closes ? " and the connection ends" : ""}`, async t => {
    const backend = await startBackend(t, (request, response) => {
      request.resume().on("end", () => response.end("ok"))
    })
    const { port } = await startEdge(t, [backend], { maxBodyBytes: 1000 })
    const client = new RawClient(port, t)
    client.send(text)
    const answer = await client.answer()
    const { error } = JSON.parse(answer.body.toString())
    assert.equal(answer.status, status)
    assert.match(error.code, /^BN\d{4}$/)
    assert.equal(typeof error.message, "string")
    assert.ok(answer.header("x-request-id"))
    assert.equal(answer.header("connection"), closes ? "close" : undefined)
    assert.equal(answer.header("content-length"), String(answer.body.length))
    if (closes) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      client.socket.end()
      await client.closed
      assert.deepEqual([client.reset, client.received.length], [false, 0])
      assert.ok(backend.requests <= 1)
    } else assert.equal((await client.get("/")).body.toString(), "ok")
  })
}

test("text of a client is never repeated in a way that breaks an answer", async t => {
  const { port } = await startEdge(t, [])
  const client = new RawClient(port, t)
  client.send('GET /"\\<script> HTTP/9.9\r\nHost: a\r\n\r\n')
  const answer = await client.answer()
  assert.doesNotThrow(() => JSON.parse(answer.body.toString()))
  assert.match(answer.header("content-type")!, /^application\/json/)
})

test("a head that trickles in is given up with 408, however often a byte comes", async t => {
  const { port } = await startEdge(t, [], { headTimeoutMs: 300 })
  const client = new RawClient(port, t)
  client.send("GET / HTTP/1.1\r\n")
  const drip = setInterval(() => client.socket.writable && client.send("X"), 50)
  t.after(() => clearInterval(drip))
  assert.equal((await client.answer()).status, 408)
})

test("a connection that never says a word is closed", async t => {
  const { port } = await startEdge(t, [], { headTimeoutMs: 200 })
  const client = new RawClient(port, t)
  await client.closed
  assert.deepEqual([client.ended, client.reset], [true, false])
})

test("an idle kept-alive connection is closed after its time", async t => {
  const backend = await startBackend(t, (_, response) => response.end("ok"))
  const { port } = await startEdge(t, [backend], { clientIdleTimeoutMs: 200 })
  const client = new RawClient(port, t)
  await client.get("/")
  await client.closed
  assert.deepEqual([client.ended, client.reset], [true, false])
})

test("a body that stops coming is given up with 408", async t => {
  const backend = await startBackend(t, (request, response) => {
    request.on("error", () => {})
    request.resume().on("end", () => response.end())
  })
  const { port, edge } = await startEdge(t, [backend], { bodyIdleTimeoutMs: 200 })
  const client = new RawClient(port, t)
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
  const answer = await client.answer("POST")
  assert.deepEqual([answer.status, answer.header("connection")], [408, "close"])
  await until(() => edge.report().outstanding === 0)
})

test("a client that stops reading is given up", async t => {
  const backend = await startBackend(t, (_, response) => response.end(Buffer.alloc(50 * 1024 * 1024)))
  const { port, edge, log } = await startEdge(t, [backend], { bodyIdleTimeoutMs: 300 })
  const client = new RawClient(port, t)
  client.socket.pause()
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
  await until(() => log.length === 1)
  assert.match(log[0]!.error!, /stopped reading/)
  await until(() => edge.report().connections === 0)
})

test("one connection too many is told so and ended; the others go on", async t => {
  const backend = await startBackend(t, (_, response) => response.end("ok"))
  const { port, edge } = await startEdge(t, [backend], { maxConnections: 2 })
  const inside = [new RawClient(port, t), new RawClient(port, t)]
  for (const client of inside) assert.equal((await client.get("/")).status, 200)
  const late = new RawClient(port, t)
  const answer = await late.answer()
  assert.deepEqual(
    [answer.status, answer.header("connection"), answer.header("retry-after")],
    [503, "close", "1"],
  )
  await late.closed
  assert.equal(late.reset, false)
  for (const client of inside) assert.equal((await client.get("/")).status, 200)
  inside[0]!.socket.destroy()
  await until(() => edge.report().connections === 1)
  assert.equal((await new RawClient(port, t).get("/")).status, 200)
})

test("many requests ahead of a client that does not read are not answered into memory", async t => {
  const backend = await startBackend(t, (_, response) => response.end(Buffer.alloc(100_000)))
  const { port, edge } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  client.socket.pause()
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2000))
  let before = -1
  while (backend.requests === 0 || backend.requests !== before) {
    before = backend.requests
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  assert.ok(backend.requests < 300, `${backend.requests} were answered`)
  assert.ok(edge.report().outstanding <= 1)
})

test("bytes beyond ASCII in a field pass as they are", async t => {
  const backend = await startRawBackend(t, socket => {
    socket.write("HTTP/1.1 200 OK\r\nX-Latin: caf\u00e9\r\nContent-Length: 0\r\n\r\n", "latin1")
  })
  const { port } = await startEdge(t, [backend])
  assert.equal((await new RawClient(port, t).get("/")).header("x-latin"), "caf\u00e9")
})
