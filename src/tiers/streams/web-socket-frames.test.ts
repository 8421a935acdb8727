import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { closeFrame, WebSocketFrames } from "./web-socket-frames.ts"

/** RFC 6455 section 5.2, written from the other side. */
function frame(opcode: number, length: number, isMasked: boolean): Buffer {
  const mask = isMasked ? 0x80 : 0
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  head[0] = 0x80 | opcode
  if (length < 126) head[1] = mask | length
  else if (length < 65_536) {
    head[1] = mask | 126
    head.writeUInt16BE(length, 2)
  } else {
    head[1] = mask | 127
    head.writeBigUInt64BE(BigInt(length), 2)
  }
  // A payload that looks like heads.
  return Buffer.concat([head, Buffer.alloc(isMasked ? 4 : 0, 0x88), Buffer.alloc(length, 0x88)])
}

const anyFrame = fc.record({
  opcode: fc.constantFrom(0, 1, 2, 9, 10),
  length: fc.oneof(fc.nat(200), fc.constantFrom(0, 125, 126, 65_535, 65_536)),
  isMasked: fc.boolean(),
})

test("however the bytes are split, it is between frames exactly where a frame ends", () => {
  fc.assert(
    fc.property(fc.array(anyFrame, { minLength: 1, maxLength: 5 }), fc.nat(), (shapes, split) => {
      const all = shapes.map(({ opcode, length, isMasked }) => frame(opcode, length, isMasked))
      const bytes = Buffer.concat(all)
      const ends = new Set<number>([0])
      let end = 0
      for (const each of all) ends.add((end += each.length))
      const at = split % (bytes.length + 1)
      const frames = new WebSocketFrames()
      frames.push(bytes.subarray(0, at))
      assert.equal(frames.between, ends.has(at))
      const taken = frames.take(bytes.subarray(at))
      assert.equal(at + taken, [...ends].find(end => end > at) ?? bytes.length)
      assert.equal(frames.between, true)
      assert.equal(frames.closing, false)
    }),
    { numRuns: 1000 },
  )
})

test("a close frame is noticed with its first byte", () => {
  const frames = new WebSocketFrames()
  frames.push(frame(2, 300, false))
  assert.equal(frames.closing, false)
  frames.push(closeFrame(1001, "away").subarray(0, 1))
  assert.equal(frames.closing, true)
  assert.equal(frames.between, false)
})

test("our own close frame says its code and reason, unmasked", () => {
  const bytes = Buffer.from(closeFrame(1001, "away"))
  assert.equal(
    bytes.toString("hex"),
    `8806${(1001).toString(16).padStart(4, "0")}${Buffer.from("away").toString("hex")}`,
  )
})
