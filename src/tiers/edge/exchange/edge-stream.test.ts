import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { test } from "node:test"
import { ManualClock } from "../../../kit/clock.ts"
import { startBackend, startEdge, startRawBackend, until } from "../testing/edge-fixture.ts"
import { RawClient } from "../testing/raw-client.ts"

test("100 MB pass in each direction, byte for byte, in bounded memory", async t => {
  const size = 100 * 1024 * 1024
  const piece = Buffer.alloc(64 * 1024, "banyan ")
  const expected = createHash("sha1")
  for (let at = 0; at < size; at += piece.length) expected.update(piece)
  const digest = expected.digest("hex")
  const backend = await startBackend(t, (request, response) => {
    if (request.method === "GET") {
      let left = size / piece.length
      const write = () => {
        while (left-- > 0) if (!response.write(piece)) return void response.once("drain", write)
        response.end()
      }
      write()
      return
    }
    const hash = createHash("sha1")
    request.on("data", bytes => hash.update(bytes)).on("end", () => response.end(hash.digest("hex")))
  })
  const { port } = await startEdge(t, [backend], { maxBodyBytes: size })
  let peak = 0
  const base = process.memoryUsage().rss
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss - base)
  }, 20)
  t.after(() => clearInterval(watch))

  const down = await fetch(`http://127.0.0.1:${port}/`)
  const hash = createHash("sha1")
  for await (const bytes of down.body!) hash.update(bytes)
  assert.equal(hash.digest("hex"), digest)

  let sent = 0
  const up = await fetch(`http://127.0.0.1:${port}/`, {
    method: "POST",
    duplex: "half",
    body: new ReadableStream({
      pull(controller) {
        if (sent >= size) controller.close()
        else {
          sent += piece.length
          controller.enqueue(new Uint8Array(piece))
        }
      },
    }),
  } as RequestInit)
  assert.equal(await up.text(), digest)
  assert.ok(peak < 250 * 1024 * 1024, `memory grew by ${Math.round(peak / 1024 / 1024)} MB`)
})

test("a client that does not read stops the backend from writing", async t => {
  let written = 0
  const backend = await startBackend(t, (_, response) => {
    const piece = Buffer.alloc(64 * 1024)
    const write = () => {
      while (written < 200 * 1024 * 1024) {
        written += piece.length
        if (!response.write(piece)) return void response.once("drain", write)
      }
      response.end()
    }
    write()
  })
  const { port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  client.socket.pause()
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
  let before = -1
  while (written === 0 || written !== before) {
    before = written
    await new Promise(resolve => setTimeout(resolve, 300))
  }
  assert.ok(written < 40 * 1024 * 1024, `the backend wrote ${written} bytes`)
})

test("server-sent events come through one by one", async t => {
  let send = (_: string) => {}
  const backend = await startBackend(t, (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" })
    response.flushHeaders()
    send = text => response.write(text)
  })
  const { port } = await startEdge(t, [backend])
  const response = await fetch(`http://127.0.0.1:${port}/`)
  const reader = response.body!.getReader()
  for (let count = 0; count < 5; count++) {
    send(`data: ${count}\n\n`)
    const { value } = await reader.read()
    assert.equal(Buffer.from(value!).toString(), `data: ${count}\n\n`)
  }
  await reader.cancel()
})

test("a client that ends its side after its request still gets its answer", async t => {
  const backend = await startBackend(t, (_, response) => {
    setTimeout(() => {
      response.write("late ")
      setTimeout(() => response.end("answer"), 50)
    }, 50)
  })
  const { port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
  client.socket.end()
  assert.equal((await client.answer()).body.toString(), "late answer")
  const last = await client.answer()
  assert.deepEqual([last.body.toString(), last.header("connection")], ["late answer", "close"])
  await client.closed
  assert.equal(client.reset, false)
})

for (const [name, request, answer] of [
  [
    "an event stream",
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
  ],
  [
    "a tunnel",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  ],
] as const) {
  test(`${name} is given up when it says nothing after its client's end, and not while it speaks`, async t => {
    const clock = new ManualClock(1_000)
    let speak = () => false
    const backend = await startRawBackend(t, socket => {
      // As an app that does not look whether anybody still listens.
      socket.allowHalfOpen = true
      socket.write(answer)
      speak = () => socket.write("\x81\x01x")
    })
    const { port, edge } = await startEdge(t, [backend], {}, { clock })
    const client = new RawClient(port, t)
    client.send(request)
    await until(() => client.received.includes("\r\n\r\n"))
    client.socket.end()
    for (let seconds = 0; seconds < 60; seconds += 5) {
      const before = client.received.length
      speak()
      await until(() => client.received.length > before, "what the backend says")
      clock.advance(5_000)
    }
    assert.equal(edge.report().outstanding, 1)

    const silent = new RawClient(port, t)
    silent.send(request)
    await until(() => silent.received.includes("\r\n\r\n"))
    clock.advance(60_000)
    silent.socket.end()
    await until(() => {
      clock.advance(500)
      return edge.report().outstanding === 0
    }, "the end of both")
  })
}
