import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { HpackDecoder } from "./hpack-decoder.ts"
import { HpackEncoder } from "./hpack-encoder.ts"

const most = 1_000_000
const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex")
const decode = (decoder: HpackDecoder, hex: string) => decoder.decode(bytes(hex), most).fields
const refused = (hex: string) =>
  assert.throws(() => decode(new HpackDecoder(), hex), { rule: "compression" }, hex)

test("the requests of RFC 7541 appendix C.4 are read, with Huffman code and a growing table", () => {
  const decoder = new HpackDecoder()
  const first = [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "www.example.com"]
  assert.deepEqual(decode(decoder, "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff"), first)
  assert.deepEqual(decode(decoder, "8286 84be 5886 a8eb 1064 9cbf"), [...first, "cache-control", "no-cache"])
  assert.deepEqual(decode(decoder, "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf"), [
    ...[":method", "GET", ":scheme", "https", ":path", "/index.html", ":authority", "www.example.com"],
    ...["custom-key", "custom-value"],
  ])
})

test("the requests of RFC 7541 appendix C.3 are read, without Huffman code", () => {
  const decoder = new HpackDecoder()
  const first = [":method", "GET", ":scheme", "http", ":path", "/", ":authority", "www.example.com"]
  assert.deepEqual(decode(decoder, "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d"), first)
  assert.deepEqual(decode(decoder, "8286 84be 5808 6e6f 2d63 6163 6865"), [
    ...first,
    "cache-control",
    "no-cache",
  ])
})

test("the numbers of RFC 7541 appendix C.1 are read", () => {
  const fields = decode(new HpackDecoder(), `00 01 61 7f ba09 ${"62".repeat(1337)}`)
  assert.deepEqual(fields, ["a", "b".repeat(1337)])
})

test("what is no HPACK is refused", () => {
  refused("80")
  refused("be")
  refused("ff ff ff ff ff 0f")
  refused("00 01 61")
  refused("00 05 61 01 61")
  refused("40")
  // A size update beyond the limit, and one behind a field.
  refused("3f e2 1f")
  refused("82 20")
  // Huffman: EOS, eight bits of padding, padding that is not EOS.
  refused("00 84 ff ff ff ff 01 61")
  refused("00 02 61 61 82 1f ff")
  refused("00 81 18 01 61")
})

test("an entry that was pushed out can be named no more", () => {
  const decoder = new HpackDecoder()
  decode(decoder, "40 01 61 01 62")
  assert.deepEqual(decode(decoder, "be"), ["a", "b"])
  assert.deepEqual(decode(decoder, "20 3f e1 1f"), [])
  assert.throws(() => decode(decoder, "be"), { rule: "compression" })
})

test("what is too long is read and not kept", () => {
  const decoder = new HpackDecoder()
  const { fields, cut } = decoder.decode(bytes("00 01 61 01 62 00 01 63 03 646464"), 40)
  assert.deepEqual([fields, cut], [["a", "b"], true])
})

test("whatever is encoded is decoded, through tables of any size", t => {
  const seed = Date.now() % 1e9
  t.diagnostic(`seed ${seed}`)
  const latin1 = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)),
    maxLength: 60,
  })
  const name = fc.oneof(
    fc.constantFrom(":status", "content-type", "set-cookie", "x-a", "date", "vary"),
    latin1,
  )
  const value = fc.oneof(fc.constantFrom("200", "text/html", "a".repeat(900), ""), latin1)
  const block = fc.array(fc.tuple(name, value), { maxLength: 12 }).map(pairs => pairs.flat())
  const step = fc.record({ block, size: fc.option(fc.integer({ min: 0, max: 5000 }), { nil: undefined }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), steps => {
      const encoder = new HpackEncoder()
      const decoder = new HpackDecoder()
      for (const { block, size } of steps) {
        if (size !== undefined) encoder.resize(size)
        assert.deepEqual(decoder.decode(encoder.encode(block), most).fields, block)
      }
    }),
    { seed, numRuns: 300 },
  )
})
