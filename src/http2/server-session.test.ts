import assert from "node:assert/strict"
import { test } from "node:test"
import { defaultLimits } from "../http1/index.ts"
import { blockBytes, frameBytes, get, type RawFrame } from "../tiers/edge/testing/raw-http2-client.ts"
import { HpackDecoder } from "./hpack/hpack-decoder.ts"
import { errorCode, flag, frameType, preface } from "./http2.ts"
import { type OutStream, ServerSession, type StreamHandler } from "./index.ts"

const post = [":method", "POST", ":scheme", "http", ":authority", "cafe.test", ":path", "/"]
const headers = (id: number, fields: readonly string[], ended: boolean) =>
  frameBytes(frameType.headers, flag.endHeaders | (ended ? flag.endStream : 0), id, blockBytes(fields))
const data = (id: number, bytes: number, ended = false) =>
  frameBytes(frameType.data, ended ? flag.endStream : 0, id, Buffer.alloc(bytes))

type Told = { trailers: (readonly string[])[]; malformed: string[]; closed: boolean }

/** A session, what its owner was told of each stream, and what it has to send. */
function begin(maxStreams = 100) {
  const streams = new Map<number, OutStream>()
  const told = new Map<number, Told>()
  const broken: string[] = []
  const handlerOf = (stream: OutStream): StreamHandler => {
    const own: Told = { trailers: [], malformed: [], closed: false }
    streams.set(stream.id, stream)
    told.set(stream.id, own)
    return {
      body() {},
      trailers: fields => own.trailers.push(fields),
      ended() {},
      pushed() {},
      malformed: ({ rule }) => own.malformed.push(rule),
      writable() {},
      closed() {
        own.closed = true
      },
    }
  }
  const owner = {
    request: handlerOf,
    refused: handlerOf,
    pending() {},
    broken: (code: string) => broken.push(code),
  }
  const session = new ServerSession(owner, { maxStreams, message: defaultLimits })
  const push = (...frames: Uint8Array[]) => session.push(Buffer.concat(frames))
  push(preface, frameBytes(frameType.settings, 0, 0))
  return { session, streams, told, broken, push, sent: () => framesOf(session) }
}

/** All that the session has to send now. */
function framesOf(session: ServerSession): RawFrame[] {
  const frames: RawFrame[] = []
  for (let bytes = session.take(1e6); bytes !== undefined; bytes = session.take(1e6)) {
    for (let at = 0; at < bytes.length; ) {
      const end = at + 9 + bytes.readUIntBE(at, 3)
      const [type = 0, flags = 0] = bytes.subarray(at + 3, at + 5)
      frames.push({ type, flags, stream: bytes.readUInt32BE(at + 5), payload: bytes.subarray(at + 9, end) })
      at = end
    }
  }
  return frames
}

const goAways = (frames: readonly RawFrame[]) =>
  frames
    .filter(({ type }) => type === frameType.goAway)
    .map(({ payload }) => [payload.readUInt32BE(0), payload.readUInt32BE(4)])

test("what was told as the last stream served never grows: others may have been asked for the later ones", () => {
  const { session, push, sent } = begin()
  push(headers(1, get("/"), true))
  session.finish()
  push(headers(3, get("/"), true), headers(5, get("/"), true))
  push(frameBytes(frameType.ping, 0, 0, Buffer.alloc(7)))
  assert.deepEqual(goAways(sent()), [
    [1, errorCode.NO_ERROR],
    [1, errorCode.FRAME_SIZE_ERROR],
  ])
})

test("streams that are to wait hold back no more than what they hold", () => {
  const { streams, push, sent } = begin()
  const waiting = [1, 3, 5, 7, 9]
  for (const id of [...waiting, 11]) push(headers(id, post, false))
  for (const id of waiting) {
    streams.get(id)!.pause()
    for (let count = 0; count < 8; count++) push(data(id, 16_384))
  }
  // As much as the client may, which it learns from what comes back.
  const rooms = [1024 * 1024 - waiting.length * 8 * 16_384, 128 * 1024] as const
  let [ofAll, ofStream] = rooms
  let uploaded = 0
  sent()
  while (uploaded < 4 * 1024 * 1024) {
    assert.ok(ofAll >= 16_384 && ofStream >= 16_384, `stuck behind ${uploaded}`)
    push(data(11, 16_384))
    uploaded += 16_384
    const given = sent().filter(({ type }) => type === frameType.windowUpdate)
    const step = (id: number) =>
      given.reduce((all, { stream, payload }) => all + (stream === id ? payload.readUInt32BE(0) : 0), 0)
    ofAll += step(0) - 16_384
    ofStream += step(11) - 16_384
  }
})

test("trailers have the limits of HTTP/1's, and are never cut", () => {
  const { told, push } = begin()
  for (const id of [1, 3, 5]) push(headers(id, post, false))
  push(headers(1, ["x-sum", "1"], true))
  push(
    headers(
      3,
      Array.from({ length: 202 }, () => "a"),
      true,
    ),
  )
  // The same long field again and again, by its number in the table: 24 KiB of it, and then 96.
  const long = Buffer.concat([Buffer.of(0x40), blockBytes(["x-long", "a".repeat(3000)]).subarray(1)])
  const fields = (times: number) => Buffer.concat([long, Buffer.alloc(times - 1, 0xbe)])
  push(frameBytes(frameType.headers, flag.endHeaders | flag.endStream, 5, fields(8)))
  push(headers(7, post, false), frameBytes(frameType.headers, 5, 7, fields(32)))
  assert.deepEqual([told.get(1)!.trailers, told.get(1)!.malformed], [[["x-sum", "1"]], []])
  for (const [id, rule] of [
    [3, "fields-too-many"],
    [5, "fields-too-large"],
    [7, "fields-too-large"],
  ] as const)
    assert.deepEqual([told.get(id)!.trailers, told.get(id)!.malformed], [[], [rule]], String(id))
})

test("what is still on its way when many uploads are refused at once harms nobody", () => {
  const { streams, broken, push, sent } = begin(1000)
  const ids = Array.from({ length: 1000 }, (_, at) => at * 2 + 1)
  push(...ids.map(id => headers(id, post, false)))
  for (const id of ids) streams.get(id)!.head([":status", "413"], true)
  sent()
  push(...ids.map(id => data(id, 10)), headers(2001, get("/"), true))
  assert.deepEqual([broken, goAways(sent()), streams.has(2001)], [[], [], true])
})

const floods: ReadonlyArray<readonly [string, Uint8Array]> = [
  ["empty DATA", data(1, 0)],
  ["HEADERS", headers(1, ["a", "b"], true)],
]
for (const [name, frame] of floods) {
  test(`a flood of ${name} on a stream that was reset here ends the connection`, () => {
    const { streams, push, sent } = begin()
    push(headers(1, post, false))
    streams.get(1)!.reset("CANCEL")
    for (let count = 0; count < 2000; count++) push(frame)
    assert.deepEqual(goAways(sent()), [[1, errorCode.ENHANCE_YOUR_CALM]])
  })
}

test("widening the windows of answers that have left is no flood: a client does so with all that it reads", () => {
  const { streams, push, sent } = begin()
  for (let id = 1; id < 4000; id += 2) {
    push(headers(id, get("/"), true))
    streams.get(id)!.head([":status", "200"], false)
    streams.get(id)!.write(Buffer.alloc(30_000))
    streams.get(id)!.end()
    const frames = sent()
    assert.deepEqual(goAways(frames), [])
    // 10,000 and 30,000.
    for (let reads = 0; reads < 3; reads++)
      push(frameBytes(frameType.windowUpdate, 0, id, Buffer.of(0, 0, 39, 16)))
    push(frameBytes(frameType.windowUpdate, 0, 0, Buffer.of(0, 0, 117, 48)))
  }
})

test("a flood of streams that are not served any more ends the connection", () => {
  const { session, push, sent } = begin()
  push(headers(1, get("/"), true))
  session.finish()
  for (let id = 3; id < 4000; id += 2) push(headers(id, get("/"), true))
  assert.deepEqual(goAways(sent()).at(-1), [1, errorCode.ENHANCE_YOUR_CALM])
})

test("requests that turn out to be none behind their beginning count as given up", () => {
  const { streams, push, sent } = begin()
  for (let id = 1; id < 2000; id += 2) {
    push(headers(id, post, false), headers(id, ["content-type", "a"], true))
    streams.get(id)?.head([":status", "400"], true)
    sent()
  }
  push(frameBytes(frameType.ping, 0, 0, Buffer.alloc(8)))
  assert.ok(streams.size < 500, String(streams.size))
})

test("of several table sizes in one SETTINGS the smallest is told, too: its entries are gone on the other side", () => {
  const { streams, push, sent } = begin()
  const decoder = new HpackDecoder()
  const answer = (id: number) => {
    push(headers(id, get("/"), true))
    streams.get(id)!.head([":status", "200", "x-a", "b"], true)
    const { payload } = sent().find(({ type }) => type === frameType.headers)!
    assert.deepEqual(decoder.decode(payload, 1000).fields, [":status", "200", "x-a", "b"])
    return payload
  }
  answer(1)
  const size = (bytes: number) => Buffer.of(0, 1, 0, 0, bytes >> 8, bytes & 0xff)
  push(frameBytes(frameType.settings, 0, 0, Buffer.concat([size(0), size(4096)])))
  // RFC 7541 section 4.2: 0, then 4096.
  assert.deepEqual(answer(3).subarray(0, 4), Buffer.from("203fe11f", "hex"))
})

test("an acknowledgement is not the SETTINGS that a client begins with", () => {
  const session = new ServerSession(
    { request: assert.fail, refused: assert.fail, pending() {}, broken() {} },
    { maxStreams: 1, message: defaultLimits },
  )
  session.push(Buffer.concat([preface, frameBytes(frameType.settings, flag.ack, 0)]))
  assert.deepEqual(goAways(framesOf(session)), [[0, errorCode.PROTOCOL_ERROR]])
})
