import assert from "node:assert/strict"
import { test } from "node:test"
import { frameType } from "../../../../http2/http2.ts"
import { startBackend, startEdge, startRawBackend, until } from "../../testing/edge-fixture.ts"
import { blockBytes, errorOf, frameBytes, get, RawHttp2Client } from "../../testing/raw-http2-client.ts"

const calm = 11
const goAway = (client: RawHttp2Client) => client.find(frame => frame.type === frameType.goAway)

test("rapid reset (CVE-2023-44487): who cancels without end is sent away, and the backend's requests are bounded", async t => {
  const backend = await startBackend(t, () => {})
  const { port, edge } = await startEdge(t, [backend])
  const client = new RawHttp2Client({ port }, t).begin()
  for (let id = 1; id < 4_000; id += 2) client.request(id, get("/")).reset(id)
  assert.equal(errorOf((await goAway(client))!), calm)
  await until(() => client.closed && edge.report().outstanding === 0)
  assert.ok(edge.report().requests <= 402, String(edge.report().requests))
  assert.equal(edge.report().refusals!.BN1532, 1)
})

test("made to reset (CVE-2025-8671): errors that make us reset streams are counted as the client's own", async t => {
  const backend = await startBackend(t, () => {})
  const { port } = await startEdge(t, [backend])
  const client = new RawHttp2Client({ port }, t).begin()
  for (let id = 1; id < 2_000; id += 2) client.request(id, get("/")).widen(id, 0)
  assert.equal(errorOf((await goAway(client))!), calm)
})

const floods: ReadonlyArray<readonly [string, Uint8Array]> = [
  ["PING (CVE-2019-9512)", frameBytes(frameType.ping, 0, 0, Buffer.alloc(8))],
  ["SETTINGS (CVE-2019-9515)", frameBytes(frameType.settings, 0, 0)],
  ["PRIORITY (CVE-2019-9513)", frameBytes(frameType.priority, 0, 9, Buffer.alloc(5))],
  ["frames of unknown type", frameBytes(99, 0, 0)],
  [
    "RST_STREAM of a stream that has ended (CVE-2019-9514)",
    frameBytes(frameType.rstStream, 0, 1, Buffer.alloc(4)),
  ],
]

for (const [name, frame] of floods) {
  test(`a flood of ${name} ends the connection`, async t => {
    const backend = await startBackend(t, (_, response) => response.end())
    const { port } = await startEdge(t, [backend])
    const client = new RawHttp2Client({ port }, t).begin().request(1, get("/"))
    await client.find(({ type, flags }) => type <= 1 && (flags & 1) !== 0)
    client.send(...Array.from({ length: 2_000 }, () => frame))
    assert.equal(errorOf((await goAway(client))!), calm)
    await until(() => client.closed)
  })
}

test("a flood of empty DATA (CVE-2019-9518) ends the connection", async t => {
  const backend = await startBackend(t, () => {})
  const { port } = await startEdge(t, [backend])
  const client = new RawHttp2Client({ port }, t).begin().request(1, get("/"), false)
  client.send(...Array.from({ length: 2_000 }, () => frameBytes(frameType.data, 0, 1)))
  assert.equal(errorOf((await goAway(client))!), calm)
})

test("a flood of CONTINUATION (CVE-2024-27316) ends the connection, by bytes and by frames", async t => {
  const backend = await startBackend(t, () => {})
  const { port } = await startEdge(t, [backend])
  for (const bytes of [16_000, 0]) {
    const client = new RawHttp2Client({ port }, t).begin()
    client.send(frameBytes(frameType.headers, 1, 1, blockBytes(get("/"))))
    const piece = blockBytes(bytes === 0 ? [] : ["x-a", "a".repeat(bytes)])
    for (let count = 0; count < 50; count++) client.send(frameBytes(frameType.continuation, 0, 1, piece))
    assert.equal(errorOf((await goAway(client))!), calm)
  }
  assert.equal(backend.requests, 0)
})

test("a client that does not read an endless answer stops it, and is given up", async t => {
  let written = 0
  const backend = await startBackend(t, (_, response) => {
    const piece = Buffer.alloc(16 * 1024)
    const write = () => {
      written += piece.length
      response.write(piece, error => (error ? undefined : setImmediate(write)))
    }
    write()
  })
  const { port, edge } = await startEdge(t, [backend], { bodyIdleTimeoutMs: 1_500 })
  const client = new RawHttp2Client({ port }, t).begin().request(1, get("/"))
  await until(() => client.body(1).length === 65_535)
  let before = -1
  await until(() => {
    const stands = written === before
    before = written
    return stands
  })
  // The window, what waits here, and what the sockets in between hold.
  assert.ok(written < 8 * 1024 * 1024, String(written))
  const reset = await client.find(frame => frame.type === frameType.rstStream)
  assert.equal(errorOf(reset!), 2)
  await until(() => edge.report().outstanding === 0)
  // The connection lives on.
  client.request(3, get("/")).widen(0, 1_000)
  await client.find(frame => frame.stream === 3 && frame.type === frameType.data)
})

test("a client that takes nothing is sent away in time, whatever it says meanwhile", async t => {
  const backend = await startBackend(t, (_, response) => {
    const write = () => response.write(Buffer.alloc(64 * 1024), error => error ?? setImmediate(write))
    write()
  })
  const { port, edge } = await startEdge(t, [backend], { bodyIdleTimeoutMs: 500 })
  const wide = Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff])
  const client = new RawHttp2Client({ port }, t)
    .begin(wide)
    .widen(0, 2 ** 31 - 65_536)
    .request(1, get("/"))
  await client.find(frame => frame.type === frameType.data)
  client.socket.pause()
  const ping = frameBytes(frameType.ping, 0, 0, Buffer.alloc(8))
  const talking = setInterval(() => client.send(ping), 50)
  t.after(() => clearInterval(talking))
  await until(() => edge.report().connections === 0)
})

test("a slow backend holds a fast uploader back, and its other streams go on", async t => {
  const slow = await startRawBackend(t, socket => socket.pause())
  const { port, edge } = await startEdge(t, [slow])
  const client = new RawHttp2Client({ port }, t).begin().request(1, [...get("/"), "x-a", "1"], false)
  const piece = Buffer.alloc(16_000)
  let sent = 0
  // As long as the windows allow.
  const room = () => {
    const given = (stream: number) =>
      client.frames
        .filter(frame => frame.type === frameType.windowUpdate && frame.stream === stream)
        .reduce((all, { payload }) => all + payload.readUInt32BE(0), 0)
    return Math.min(128 * 1024 + given(1), 65_535 + given(0)) - sent
  }
  let quietMs = 0
  while (quietMs < 300) {
    if (room() >= piece.length) {
      client.data(1, piece)
      sent += piece.length
      quietMs = 0
    } else quietMs += 5
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  assert.ok(sent < 4 * 1024 * 1024, String(sent))
  assert.equal(edge.report().outstanding, 1)
  client.send(frameBytes(frameType.ping, 0, 0, Buffer.alloc(8)))
  await client.find(frame => frame.type === frameType.ping && frame.flags === 1)
})

test("who sends more than its window has room for is stopped", async t => {
  const backend = await startBackend(t, () => {})
  const { port } = await startEdge(t, [backend], { backendTimeoutMs: 30_000 })
  const client = new RawHttp2Client({ port }, t).begin().request(1, get("/"), false)
  const slow = frameBytes(frameType.data, 0, 1, Buffer.alloc(16_384))
  client.send(...Array.from({ length: 400 }, () => slow))
  const ended = await client.find(({ type }) => type === frameType.goAway || type === frameType.rstStream)
  assert.equal(errorOf(ended!), 3)
})

test("a client that begins and sends no request is sent away in time, one that is idle later", async t => {
  const backend = await startBackend(t, (_, response) => response.end())
  const { port, edge } = await startEdge(t, [backend], { headTimeoutMs: 300, clientIdleTimeoutMs: 900 })
  const silent = new RawHttp2Client({ port }, t).begin()
  const half = new RawHttp2Client({ port }, t)
    .begin()
    .send(frameBytes(frameType.headers, 1, 1, blockBytes(get("/"))))
  const mute = new RawHttp2Client({ port }, t).send(Buffer.from("PRI * HT"))
  const idle = new RawHttp2Client({ port }, t).begin().request(1, get("/"))
  await until(() => silent.closed && half.closed && mute.closed)
  assert.equal(idle.closed, false)
  assert.equal(errorOf((await goAway(idle))!), 0)
  await until(() => idle.closed && edge.report().connections === 0)
})

test("a body that comes too slowly, and a backend that does not answer, time out as ever", async t => {
  const backend = await startBackend(t, () => {})
  const { port } = await startEdge(t, [backend], { bodyIdleTimeoutMs: 300, backendTimeoutMs: 600 })
  const client = new RawHttp2Client({ port }, t).begin()
  client.request(1, get("/"), false).request(3, get("/"))
  await client.find(({ type, stream, flags }) => type === frameType.data && stream === 1 && flags === 1)
  assert.match(client.body(1).toString(), /BN2019/)
  // Its rest is not wanted any more.
  const reset = await client.find(({ type, stream }) => type === frameType.rstStream && stream === 1)
  assert.equal(errorOf(reset!), 0)
  await client.find(({ type, stream, flags }) => type === frameType.data && stream === 3 && flags === 1)
  assert.match(client.body(3).toString(), /BN2017/)
})
