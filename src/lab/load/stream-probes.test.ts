import assert from "node:assert/strict"
import { createServer } from "node:http"
import { type TestContext, test } from "node:test"
import { WebSocketServer } from "ws"
import { holdSse } from "./hold-sse.ts"
import { holdWebSocket } from "./hold-web-socket.ts"
import { slowUpload } from "./slow-upload.ts"
import { deadPort, httpServer, listening, rawServer } from "./testing/small-server.ts"

const path = "/"
const eventStream = { "Content-Type": "text/event-stream" }

test("an event stream that ends in order is clean and tells its retry hint", async t => {
  const target = await httpServer(t, (_, response) => {
    response.writeHead(200, eventStream)
    response.write(": heartbeat\n\nid: 1\ndata: caf")
    setImmediate(() => response.end("\u00e9\ndata: two\n\ndata:x\n\nretry: 250\n\n"))
  })
  const seen: string[] = []
  const report = await holdSse({ target, path, onEvent: data => seen.push(data) })
  assert.deepEqual(seen, ["caf\u00e9\ntwo", "x"])
  const { kind, opened, status, messages, end, retryMs } = report
  assert.deepEqual(
    { kind, opened, status, messages, end, retryMs },
    { kind: "sse", opened: true, status: 200, messages: 2, end: "clean", retryMs: 250 },
  )
})

test("an event stream can be cut, reset, refused, denied or stopped, each told apart", async t => {
  const head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
  const cut = await rawServer(t, socket => socket.once("data", () => socket.end(head)))
  assert.equal((await holdSse({ target: cut, path })).end, "cut")
  const reset = await rawServer(t, socket =>
    socket.once("data", () => socket.write(head, () => socket.resetAndDestroy())),
  )
  assert.equal((await holdSse({ target: reset, path })).end, "reset")
  assert.equal((await holdSse({ target: await deadPort(), path })).end, "refused")
  const denied = await httpServer(t, (_, response) => response.writeHead(403).end())
  const { end, status, opened } = await holdSse({ target: denied, path })
  assert.deepEqual({ end, status, opened }, { end: "status", status: 403, opened: false })
  const abort = new AbortController()
  const endless = await httpServer(t, (_, response) =>
    response.writeHead(200, eventStream).write("data: 1\n\n"),
  )
  const stopped = await holdSse({ target: endless, path, onEvent: () => abort.abort() }, abort.signal)
  assert.deepEqual([stopped.end, stopped.opened, stopped.messages], ["stopped", true, 1])
})

/** A WebSocket server whose peers are handed to `onPeer`. */
async function webSocketServer(t: TestContext, onPeer: (peer: import("ws").WebSocket) => void) {
  const server = createServer()
  const sockets = new WebSocketServer({ server })
  sockets.on("connection", onPeer)
  t.after(() => {
    for (const peer of sockets.clients) peer.terminate()
    sockets.close()
    server.closeAllConnections()
    server.close()
  })
  return listening(server)
}

test("a WebSocket that is closed with 1001 is clean and tells its code", async t => {
  const target = await webSocketServer(t, peer => {
    peer.send("hello")
    peer.on("message", () => peer.close(1001, "draining"))
  })
  const report = await holdWebSocket({ target, path, onMessage: (_, send) => send("hi") })
  assert.deepEqual([report.opened, report.status, report.messages], [true, 101, 1])
  assert.deepEqual([report.end, report.closeCode, report.closeReason], ["clean", 1001, "draining"])
})

test("a WebSocket can be cut, refused, denied or stopped, each told apart", async t => {
  const cut = await webSocketServer(t, peer => peer.terminate())
  assert.match((await holdWebSocket({ target: cut, path })).end, /^(cut|reset)$/)
  assert.equal((await holdWebSocket({ target: await deadPort(), path })).end, "refused")
  const denied = await httpServer(t, (_, response) => response.writeHead(404).end())
  const { end, status } = await holdWebSocket({ target: denied, path })
  assert.deepEqual({ end, status }, { end: "status", status: 404 })
  const abort = new AbortController()
  const open = await webSocketServer(t, peer => peer.send("hello"))
  const stopped = await holdWebSocket({ target: open, path, onMessage: () => abort.abort() }, abort.signal)
  assert.deepEqual([stopped.end, stopped.opened], ["stopped", true])
})

test("a slow upload drips its body over the time and tells how it was answered", async t => {
  let pieces = 0
  const target = await httpServer(t, (request, response) => {
    let body = ""
    request.setEncoding("utf8").on("data", text => {
      pieces++
      body += text
    })
    request.on("end", () => response.writeHead(body === "x".repeat(1000) ? 201 : 400).end())
  })
  const report = await slowUpload({ target, path, body: "x".repeat(1000), overMs: 300, pieces: 10 })
  assert.deepEqual([report.end, report.status, report.bytesSent], ["clean", 201, 1000])
  assert.ok(report.heldMs >= 280, String(report.heldMs))
  assert.ok(pieces > 1, "the body came in one piece")
})

test("a slow upload that is reset or denied half-way stops dripping", async t => {
  const reset = await rawServer(t, socket => socket.once("data", () => socket.resetAndDestroy()))
  const lost = await slowUpload({ target: reset, path, body: "x".repeat(1000), overMs: 60_000 })
  assert.equal(lost.end, "reset")
  assert.ok(lost.bytesSent! < 1000)
  const denied = await httpServer(t, (_, response) => response.writeHead(413).end())
  const early = await slowUpload({ target: denied, path, body: "x".repeat(1000), overMs: 60_000 })
  assert.deepEqual([early.end, early.status], ["status", 413])
})
