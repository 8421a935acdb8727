import assert from "node:assert/strict"
import { once } from "node:events"
import { test } from "node:test"
import { WebSocket } from "ws"
import { mapWith, RawClient, serveApp, untilReport } from "./fixtures/serve-app.ts"
import type { HostedApp, WebSocketHandlers, WebSocketPeer } from "./web.ts"

const notFound = () => new Response("not found", { status: 404 })

function withSockets(upgrade: NonNullable<HostedApp["upgrade"]>): HostedApp {
  return { fetch: notFound, upgrade }
}

const echo: WebSocketHandlers = {
  open: peer => peer.send("hello"),
  message: (peer, data) => peer.send(data),
}

test("messages go both ways, text as text and bytes as bytes", async t => {
  const closed: unknown[] = []
  const { port, web } = await serveApp(
    t,
    withSockets(request => ({
      ...echo,
      close: (code, reason) => closed.push([new URL(request.url).pathname, code, reason]),
    })),
  )
  const socket = new WebSocket(`ws://127.0.0.1:${port}/live`)
  const received: Array<string | Buffer> = []
  socket.on("message", (data, isBinary) => {
    received.push(isBinary ? (data as Buffer) : data.toString())
    if (received.length === 1) {
      socket.send("é")
      socket.send(Buffer.from([0, 255]))
      socket.send("x".repeat(500_000))
    }
    if (received.length === 4) socket.close(4001, "enough")
  })
  await once(socket, "close")
  assert.deepEqual(received.slice(0, 3), ["hello", "é", Buffer.from([0, 255])])
  assert.equal((received[3] as string).length, 500_000)
  await untilReport(web, report => report.outstanding === 0)
  assert.deepEqual(closed, [["/live", 4001, "enough"]])
  assert.equal(web.report().requests, 1)
})

test("bytes sent together with the handshake are not lost", async t => {
  const { port } = await serveApp(
    t,
    withSockets(() => new Promise(resolve => setTimeout(resolve, 10, echo))),
  )
  const client = new RawClient(t, port).send(...handshake())
  // A masked text frame "hi" with a mask of zeros.
  client.socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]))
  await client.until(/\x81\x02hi/)
})

test("the app may refuse with an answer, and the connection lives on", async t => {
  const { port } = await serveApp(
    t,
    withSockets(() => new Response("who are you?", { status: 401 })),
  )
  const client = new RawClient(t, port).send(...handshake())
  await client.until(/401 Unauthorized.*who are you\?$/s)
  client.received = ""
  client.send("GET / HTTP/1.1", "Host: a", "", "")
  await client.until(/404 Not Found.*not found$/s)
})

test("a malformed handshake is a 426; an app without sockets sees a plain request", async t => {
  const { port } = await serveApp(
    t,
    withSockets(() => echo),
  )
  const noKey = handshake().filter(line => !line.startsWith("Sec-WebSocket-Key"))
  const refused = await new RawClient(t, port).send(...noKey).until(/426 .*BN2109/s)
  assert.match(refused[0], /sec-websocket-version: 13/)
  const plain = await serveApp(t, notFound)
  await new RawClient(t, plain.port).send(...handshake()).until(/404 Not Found/)
})

test("a handler that throws closes its own WebSocket with 1011 and no other", async t => {
  const { port, errors, web } = await serveApp(
    t,
    withSockets(() => ({
      message: (peer, data) => {
        if (data === "throw") throw new Error("bug")
        if (data === "reject") return Promise.reject(new Error("bug")) as unknown as undefined
        peer.send(data)
        return undefined
      },
    })),
  )
  const sockets = await Promise.all([1, 2, 3].map(() => opened(port)))
  const ended = sockets.slice(0, 2).map(socket => once(socket, "close"))
  sockets[0]!.send("throw")
  sockets[1]!.send("reject")
  for (const [code] of await Promise.all(ended)) assert.equal(code, 1011)
  sockets[2]!.send("alive")
  const [data] = await once(sockets[2]!, "message")
  assert.equal(String(data), "alive")
  assert.deepEqual(
    errors.map(({ details }) => details["code"]),
    ["BN2110", "BN2110"],
  )
  assert.equal(web.report().errors, 2)
  sockets[2]!.terminate()
})

test("a message over the limit ends its WebSocket with 1009", async t => {
  const { port } = await serveApp(
    t,
    withSockets(() => echo),
  )
  const socket = await opened(port)
  socket.send(Buffer.alloc(1024 * 1024 + 1))
  const [code] = await once(socket, "close")
  assert.equal(code, 1009)
})

test("bytes that a peer does not take are counted", async t => {
  let peer: WebSocketPeer | undefined
  const { port } = await serveApp(
    t,
    withSockets(() => ({ open: opening => (peer = opening) && undefined })),
  )
  const socket = await opened(port)
  socket.pause()
  for (let n = 0; n < 40; n++) peer!.send(new Uint8Array(1024 * 1024))
  assert.ok(peer!.bufferedBytes > 10 * 1024 * 1024)
  socket.resume()
  while (peer!.bufferedBytes > 0) await once(socket, "message")
  socket.terminate()
})

test("at the drain's deadline WebSockets are closed with 1001; before it they live", async t => {
  const { port, web } = await serveApp(
    t,
    withSockets(() => echo),
  )
  const socket = await opened(port)
  web.apply(mapWith("active"))
  web.apply(mapWith("draining", 150))
  assert.deepEqual(
    { ...web.report(), requests: 0 },
    { state: "draining", outstanding: 1, requests: 0, errors: 0 },
  )
  socket.send("still here")
  for (;;) if (String((await once(socket, "message"))[0]) === "still here") break
  const [code, reason] = await once(socket, "close")
  assert.equal(code, 1001)
  assert.equal(String(reason), "the instance is leaving")
  await untilReport(web, report => report.state === "drained")
})

async function opened(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`)
  await once(socket, "open")
  return socket
}

function handshake(): string[] {
  return [
    "GET / HTTP/1.1",
    "Host: a",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "",
    "",
  ]
}
