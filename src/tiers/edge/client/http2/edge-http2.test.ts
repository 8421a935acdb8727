import assert from "node:assert/strict"
import { once } from "node:events"
import type http2 from "node:http2"
import { test } from "node:test"
import { preface } from "../../../../http2/index.ts"
import { startBackend, startEdge, startRawBackend, until } from "../../testing/edge-fixture.ts"
import { connect, request } from "../../testing/http2-client.ts"
import { RawClient } from "../../testing/raw-client.ts"
import { blockBytes, frameBytes, get, RawHttp2Client } from "../../testing/raw-http2-client.ts"

test("a request over HTTP/2 reaches the backend as one of HTTP/1.1, and its answer comes back", async t => {
  const backend = await startBackend(t, (request, response) => {
    let body = ""
    request.on("data", piece => (body += piece))
    request.on("end", () => {
      response.setHeader("Set-Cookie", ["a=1", "b=2"])
      response.setHeader("Connection", "x-gone, close")
      response.setHeader("X-Gone", "1")
      response.end(
        JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }),
      )
    })
  })
  const { port, log } = await startEdge(t, [backend])
  const session = connect(t, port)
  const answer = await request(
    session,
    {
      ":method": "POST",
      ":path": "/a?b=c",
      cookie: ["x=1", "y=2"],
      te: "trailers",
      "x-forwarded-for": "6.6.6.6",
    },
    "hello",
  )
  assert.equal(answer.headers[":status"], 200)
  assert.deepEqual(answer.headers["set-cookie"], ["a=1", "b=2"])
  assert.equal(answer.headers["x-gone"], undefined)
  const { method, url, headers, body } = JSON.parse(answer.body.toString())
  assert.deepEqual([method, url, body, headers.cookie], ["POST", "/a?b=c", "hello", "x=1; y=2"])
  assert.deepEqual([headers.host, headers.te], [`127.0.0.1:${port}`, undefined])
  assert.deepEqual([headers.via, headers["x-forwarded-for"]], ["2.0 banyan", "127.0.0.1"])
  assert.equal(headers["x-request-id"], answer.headers["x-request-id"])
  await until(() => log.length === 1)
  const [entry] = log
  assert.deepEqual([entry!.method, entry!.target, entry!.status, entry!.bytesIn], ["POST", "/a?b=c", 200, 5])
  assert.deepEqual([entry!.requestId, entry!.http], [answer.headers["x-request-id"], "2"])
})

test("HTTP/1.1 is spoken on the same port as ever, also where it begins like the preface", async t => {
  const backend = await startBackend(t, (request, response) => response.end(request.method))
  const { port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  for (const piece of "PROPFIND /a HTTP/1.1\r\nHost: a\r\n\r\n") client.send(piece)
  assert.equal((await client.answer()).body.toString(), "PROPFIND")
  const odd = new RawClient(port, t)
  assert.equal((await odd.send("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n").answer()).status, 505)
})

test("where it is switched off a client of HTTP/2 is told so", async t => {
  const backend = await startBackend(t, (_, response) => response.end())
  const { port, edge } = await startEdge(t, [backend], { maxStreamsPerConnection: 0 })
  const client = new RawClient(port, t)
  assert.equal((await client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").answer()).status, 505)
  assert.equal(edge.report().refusals?.BN1111, 1)
})

test("the preface may come byte by byte, and the rest with it", async t => {
  const backend = await startBackend(t, (_, response) => response.end("whole"))
  const { port } = await startEdge(t, [backend])
  const client = new RawHttp2Client({ port }, t)
  const bytes = [preface, frameBytes(4, 0, 0), frameBytes(1, 5, 1, blockBytes(get("/")))]
  for (const byte of Buffer.concat(bytes)) {
    client.send(Buffer.of(byte))
    await new Promise(resolve => setImmediate(resolve))
  }
  await client.find(frame => frame.type === 0 && (frame.flags & 1) === 1)
  assert.equal(client.body(1).toString(), "whole")
})

test("HEAD, 204, 304 and empty answers end with their head", async t => {
  const backend = await startBackend(t, (request, response) => {
    const status = Number(request.url!.slice(1))
    response.writeHead(status, status === 200 ? { "content-length": 5 } : {}).end()
  })
  const { port } = await startEdge(t, [backend])
  const session = connect(t, port)
  for (const [method, status] of [
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 304],
  ] as const) {
    const answer = await request(session, { ":method": method, ":path": `/${status}` })
    assert.deepEqual([answer.headers[":status"], answer.body.length], [status, 0])
    assert.equal(answer.headers["content-length"], status === 200 ? "5" : undefined)
  }
})

test("trailers pass both ways, but for those that could forge something", async t => {
  const backend = await startBackend(t, (request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200, { Trailer: "X-Sum" })
      response.write(JSON.stringify(request.trailers))
      response.addTrailers({ "X-Sum": "7" })
      response.end()
    })
  })
  const { port } = await startEdge(t, [backend])
  const session = connect(t, port)
  const answer = await request(session, { ":method": "POST", ":path": "/" }, "abc", {
    "x-up": "1",
    "x-forwarded-for": "6.6.6.6",
  })
  assert.deepEqual(JSON.parse(answer.body.toString()), { "x-up": "1" })
  assert.equal(answer.trailers["x-sum"], "7")
  const forbidden = await request(session, { ":method": "POST", ":path": "/" }, "abc", {
    "content-type": "a",
  })
  assert.equal(forbidden.headers[":status"], 400)
})

test("interim answers pass: 103, and 100 to who waits for it", async t => {
  const backend = await startBackend(t, (request, response) => {
    response.writeEarlyHints({ link: "</a.css>; rel=preload" })
    request.resume().on("end", () => response.end())
  })
  const { port } = await startEdge(t, [backend])
  const session = connect(t, port)
  const answer = await request(session, { ":method": "POST", ":path": "/", expect: "100-continue" }, "abc")
  assert.deepEqual(answer.interim.map(head => head[":status"]).sort(), [100, 103])
  assert.equal(answer.interim.find(head => head[":status"] === 103)!.link, "</a.css>; rel=preload")
  assert.equal(answer.headers[":status"], 200)
})

test("an answer that breaks off is a reset, never an end", async t => {
  const backend = await startRawBackend(t, (socket, text) => {
    const framing = text.startsWith("GET /chunked")
      ? "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
      : "Content-Length: 9\r\n\r\nhello"
    socket.write(`HTTP/1.1 200 OK\r\n${framing}`)
    setTimeout(() => socket.destroy(), 20)
  })
  const { port, edge } = await startEdge(t, [backend])
  const session = connect(t, port)
  for (const path of ["/length", "/chunked"]) {
    const stream = session.request({ ":path": path })
    let ended = false
    stream.resume().on("end", () => {
      ended = true
    })
    const [error] = await once(stream, "error")
    assert.match(error.message, /INTERNAL_ERROR/)
    assert.equal(ended, false)
  }
  assert.equal(edge.report().aborted, 2)
})

test("what HTTP/1 would refuse is refused with the same status", async t => {
  const backend = await startBackend(t, (_, response) => response.end())
  const { port, edge } = await startEdge(t, [backend], { maxBodyBytes: 1000 })
  const session = connect(t, port)
  const statusOf = async (headers: http2.OutgoingHttpHeaders, body?: string) =>
    (await request(session, headers, body)).headers[":status"]
  assert.equal(await statusOf({ ":path": "/../a" }), 400)
  assert.equal(await statusOf({ ":path": "/.banyan/health" }), 404)
  assert.equal(await statusOf({ ":path": "/", "x-large": "a".repeat(17_000) }), 431)
  assert.equal(await statusOf({ ":path": `/${"a".repeat(9_000)}` }), 414)
  assert.equal(await statusOf({ ":path": "/", expect: "miracles" }), 417)
  assert.equal(
    await statusOf({ ":path": "/", ":method": "POST", "content-length": 1001 }, "a".repeat(1001)),
    413,
  )
  assert.equal(await statusOf({ ":path": "/", ":method": "POST" }, "a".repeat(1001)), 413)
  assert.equal(await statusOf({ ":path": "/", transfer_encoding: "chunked" }), 400)
  const connected = session.request({ ":method": "CONNECT", ":authority": "a.test:443" })
  const [headers] = await once(connected, "response")
  assert.equal(headers[":status"], 405)
  assert.equal(backend.requests, 0)
  assert.equal(edge.report().outstanding, 0)
})

test("a failed attempt is tried elsewhere, as ever", async t => {
  let fail = true
  const broken = await startRawBackend(t, socket => {
    if (fail) socket.destroy()
  })
  const backend = await startBackend(t, (_, response) => response.end("fine"))
  const { port, edge } = await startEdge(t, [broken, backend])
  const session = connect(t, port)
  for (let count = 0; count < 20; count++) {
    assert.equal((await request(session, { ":path": "/" })).body.toString(), "fine")
  }
  fail = false
  assert.ok(edge.report().retries > 0)
})
