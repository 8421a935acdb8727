import assert from "node:assert/strict"
import { once } from "node:events"
import { test } from "node:test"
import { WebSocket, WebSocketServer } from "ws"
import { mapOf, startBackend, startEdge, startRawBackend, until } from "../testing/edge-fixture.ts"
import { RawClient } from "../testing/raw-client.ts"

async function echoBackend(t: Parameters<typeof startEdge>[0]) {
  const sockets = new WebSocketServer({ noServer: true })
  const backend = await startBackend(t, (_, response) => response.writeHead(426).end(), {
    prepare: server =>
      server.on("upgrade", (request, socket, head) =>
        sockets.handleUpgrade(request, socket, head, peer => {
          peer.on("message", (data, binary) => peer.send(data, { binary }))
        }),
      ),
  })
  return { ...backend, sockets }
}

test("a WebSocket goes through: texts, large binaries, close codes", async t => {
  const backend = await echoBackend(t)
  const { port, edge, log } = await startEdge(t, [backend])
  const socket = new WebSocket(`ws://127.0.0.1:${port}/live`)
  await once(socket, "open")
  socket.send("hello")
  assert.equal(String((await once(socket, "message"))[0]), "hello")
  const large = Buffer.alloc(20 * 1024 * 1024, "banyan")
  socket.send(large)
  assert.ok(large.equals((await once(socket, "message"))[0] as Buffer))
  assert.equal(edge.report().outstanding, 1)
  socket.close(4001, "bye")
  assert.equal((await once(socket, "close"))[0], 4001)
  await until(() => edge.report().outstanding === 0)
  const { status, error, bytesIn } = log.at(-1)!
  assert.deepEqual([status, error, bytesIn > large.length], [101, undefined, true])
  assert.equal(edge.report().aborted, 0)
})

test("a close that comes from the backend reaches the client", async t => {
  const backend = await echoBackend(t)
  const { port } = await startEdge(t, [backend])
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
  await once(socket, "open")
  for (const peer of backend.sockets.clients) peer.close(1001)
  assert.equal((await once(socket, "close"))[0], 1001)
})

test("bytes sent along with the upgrade, on either side, are not lost", async t => {
  const backend = await startRawBackend(t, (socket, text) => {
    if (text.startsWith("GET"))
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfrom-backend;",
      )
    const early = text.indexOf("early")
    if (early !== -1) socket.end(`got ${text.slice(early)}`)
  })
  const { port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly")
  assert.equal((await client.answer()).status, 101)
  await client.closed
  assert.equal(client.received.toString(), "from-backend;got early")
  assert.equal(client.reset, false)
})

test("a refused upgrade is an ordinary answer", async t => {
  const backend = await startBackend(t, (_, response) => response.writeHead(403).end("no"), {
    prepare: server =>
      server.on("upgrade", (_, socket) => {
        socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
      }),
  })
  const { port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  const answer = await client.get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\n")
  assert.deepEqual([answer.status, answer.body.toString()], [403, "no"])
  assert.equal((await client.get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\n")).status, 403)
})

test("h2c is not offered: the request goes on as plain HTTP/1.1", async t => {
  const backend = await startBackend(t, (request, response) => {
    response.end(String(request.headers.upgrade ?? "none"))
  })
  const { port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  const answer = await client.get(
    "/",
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
  )
  assert.equal(answer.body.toString(), "none")
})

test("a switch that nobody asked for is a 502", async t => {
  const backend = await startRawBackend(t, socket => {
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nx")
  })
  const { port } = await startEdge(t, [backend])
  assert.equal((await new RawClient(port, t).get("/")).status, 502)
})

test("a backend that dies takes its WebSockets with it, and the client sees an abnormal close", async t => {
  const backend = await echoBackend(t)
  const { port, edge } = await startEdge(t, [backend])
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
  socket.on("error", () => {})
  await once(socket, "open")
  backend.kill()
  assert.equal((await once(socket, "close"))[0], 1006)
  await until(() => edge.report().outstanding === 0)
})

test("a client that reads slowly stops the backend's WebSocket from flooding", async t => {
  const backend = await echoBackend(t)
  const { port } = await startEdge(t, [backend])
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
  t.after(() => socket.terminate())
  await once(socket, "open")
  const [peer] = backend.sockets.clients
  socket.pause()
  const piece = Buffer.alloc(1024 * 1024)
  for (let count = 0; count < 64; count++) peer!.send(piece)
  let before = -1
  while (peer!.bufferedAmount !== before) {
    before = peer!.bufferedAmount
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  assert.ok(before > 40 * 1024 * 1024, `only ${before} bytes are still held by the backend`)
  let received = 0
  socket.on("message", data => {
    received += (data as Buffer).length
  })
  socket.resume()
  await until(() => received === 64 * piece.length, "everything received")
})

test("a WebSocket outlives the closing of the door, until its end", async t => {
  const backend = await echoBackend(t)
  const { port, edge } = await startEdge(t, [backend])
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
  await once(socket, "open")
  await edge.apply(mapOf([backend], "closed"))
  assert.equal(edge.report().state, "draining")
  socket.send("still here")
  assert.equal(String((await once(socket, "message"))[0]), "still here")
  socket.close()
  await until(() => edge.report().state === "drained")
})

test("at the drain deadline a WebSocket is closed with 1001, between two frames, and both sides see it in order", async t => {
  const backend = await echoBackend(t)
  const { port, edge, log } = await startEdge(t, [backend])
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
  await once(socket, "open")
  const [peer] = backend.sockets.clients
  const seenByBackend = once(peer!, "close")
  // Larger than what is read at once: the deadline falls into a frame.
  const piece = Buffer.alloc(256 * 1024, "banyan")
  const send = () => peer!.send(piece, error => error ?? setImmediate(send))
  send()
  let received = 0
  socket.on("message", data => {
    assert.ok(piece.equals(data as Buffer))
    received++
  })
  const stopped = edge.stop(300)
  const [code, reason] = await once(socket, "close")
  assert.deepEqual([code, String(reason)], [1001, "the front door is leaving"])
  assert.equal((await seenByBackend)[0], 1001)
  await stopped
  assert.ok(received > 0)
  assert.deepEqual([edge.report().aborted, log.at(-1)!.error], [0, undefined])
})

test("a backend that has closed by itself is not closed again", async t => {
  const backend = await startRawBackend(t, socket => {
    if (socket.bytesWritten > 0) return
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x88\x02\x03\xe8",
      "latin1",
    )
  })
  const { port, edge } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
  assert.equal((await client.answer()).status, 101)
  await edge.stop(300)
  await client.closed
  assert.equal(client.received.toString("latin1"), "\x88\x02\x03\xe8")
})
