import assert from "node:assert/strict"
import { test } from "node:test"
import { heldBytes } from "../kit/testing/held-bytes.ts"
import { blockBytes, frameBytes, get } from "../tiers/edge/testing/raw-http2-client.ts"
import { FrameReader } from "./frames.ts"
import { HpackDecoder } from "./hpack/hpack-decoder.ts"
import { HpackEncoder } from "./hpack/hpack-encoder.ts"
import { frameType, preface } from "./http2.ts"

/** There may be ten thousand connections that do nothing: what each of them holds on to is what its tables may be. */
const mostBytesEach = 16 * 1024
const connections = 500

/** Put into the table, out of which each pushes the one before it. */
const indexed = (name: string, value: string) =>
  Buffer.concat([Buffer.of(0x40), blockBytes([name, value]).subarray(1)])

/** Each returns what lives as long as its connection. */
const uses: ReadonlyArray<readonly [string, () => object]> = [
  [
    "fields that were pushed out of its table",
    () => {
      const decoder = new HpackDecoder()
      const block = indexed("x-a", "a".repeat(3900))
      for (let times = 0; times < 64; times++) decoder.decode(block, 1e6)
      return decoder
    },
  ],
  [
    "what came with a head, or with a frame that has just begun",
    () => {
      const reader = new FrameReader()
      const decoder = new HpackDecoder()
      const push = (...bytes: Uint8Array[]) =>
        reader.push(Buffer.concat(bytes), ({ type, payload }) => {
          if (type === frameType.headers) decoder.decode(payload, 1e6)
          return true
        })
      const head = frameBytes(frameType.headers, 5, 1, blockBytes(get("/")))
      const much = Array.from({ length: 3 }, () => frameBytes(99, 0, 0, Buffer.alloc(16_000)))
      push(preface, head.subarray(0, 20))
      push(head.subarray(20), ...much, Buffer.of(0))
      return { reader, decoder }
    },
  ],
  [
    "the head of its last answer",
    () => {
      const encoder = new HpackEncoder()
      encoder.encode([":status", "200", "set-cookie", "a".repeat(60_000)])
      return encoder
    },
  ],
]

for (const [what, use] of uses) {
  test(`a connection at rest does not hold on to ${what}`, async t => {
    use()
    const before = await heldBytes()
    const held = Array.from({ length: connections }, use)
    const each = ((await heldBytes()) - before) / held.length
    t.diagnostic(`${Math.round(each)} bytes each`)
    assert.ok(each < mostBytesEach, String(each))
  })
}
