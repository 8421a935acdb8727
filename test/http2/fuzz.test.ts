import assert from "node:assert/strict"
import { test } from "node:test"
import { defaultLimits } from "../../src/http1/index.ts"
import {
  type OutStream,
  ServerSession,
  type SessionOwner,
  type StreamHandler,
} from "../../src/http2/index.ts"
import { seededRandom } from "../../src/kit/random.ts"
import { bytesOf } from "./conversation.ts"
import { corpus } from "./corpus.ts"

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", "latin1")
const conversations = corpus.map(({ send, bare }) =>
  Buffer.concat([
    bare ? Buffer.alloc(0) : preface,
    ...send.flatMap(step => ("await" in step ? [] : [bytesOf(step)])),
  ]),
)

/** Answers at random, and holds the codec to what it promises of each stream. */
function answering(random: () => number): SessionOwner {
  const handlerOf = (stream: OutStream): StreamHandler => {
    let over = false
    const notOver = () =>
      assert.equal(over, false, `stream ${stream.id} was told of something behind its end`)
    return {
      body: notOver,
      trailers: notOver,
      ended: notOver,
      malformed: notOver,
      writable: notOver,
      pushed() {
        notOver()
        const dice = random()
        if (dice < 0.2) stream.reset("CANCEL")
        else if (dice < 0.3) stream.pause()
        else if (dice < 0.4) stream.resume()
        else if (dice < 0.8) {
          stream.head([":status", "200", "x-a", String(dice)], false)
          stream.write(Buffer.alloc(Math.floor(random() * 40_000)))
          stream.end(dice < 0.5 ? ["x-sum", "1"] : [])
        }
      },
      closed() {
        notOver()
        over = true
      },
    }
  }
  return { request: handlerOf, refused: handlerOf, pending() {}, broken() {} }
}

test("whatever comes, in whatever pieces, the codec throws nothing and tells each stream its end once", t => {
  const seed = Date.now() % 1e9
  t.diagnostic(`seed ${seed}`)
  const random = seededRandom(seed)
  const pick = (below: number) => Math.floor(random() * below)
  for (let round = 0; round < 3_000; round++) {
    const session = new ServerSession(answering(random), {
      maxStreams: 20,
      message: { ...defaultLimits, maxBodyBytes: 1e6 },
    })
    const bytes = Buffer.concat([
      preface,
      ...Array.from({ length: 1 + pick(4) }, () =>
        conversations[pick(conversations.length)]!.subarray(pick(3) * 12),
      ),
    ]).subarray(0, 60_000)
    for (let damage = pick(4); damage > 0; damage--)
      bytes[preface.length + pick(bytes.length - preface.length)] = pick(256)
    for (let at = 0; at < bytes.length; ) {
      const length = 1 + pick(random() < 0.5 ? 40 : 20_000)
      session.push(Buffer.from(bytes.subarray(at, at + length)))
      at += length
      if (random() < 0.3) session.take(1 + pick(70_000))
      if (random() < 0.02) session.drain()
      if (random() < 0.01) session.finish()
    }
    while (session.take(65_536) !== undefined);
    session.abandon()
    assert.equal(session.table.size, 0)
  }
})
