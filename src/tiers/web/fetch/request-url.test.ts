import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { originFor, urlOf } from "./request-url.ts"

test("a URL is what the URL parser makes of it, whatever visible ASCII the target has", () => {
  const piece = fc.oneof(
    fc.constantFrom("/", ".", "..", "%2e", "%2E.", "%2f", "?", "//", "\\", "'", '"', "{", "|", "^", "`", "%"),
    fc.constantFrom("a=b&c", ":80", "@", ";v", "~", "[", "]", "<", ">", "cafes", "%C3%A9"),
    fc.integer({ min: 0x21, max: 0x7e }).map(code => (code === 0x23 ? "" : String.fromCharCode(code))),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), pieces => {
      const target = `/${pieces.join("")}`
      assert.equal(urlOf("http://shop.example", target), new URL(`http://shop.example${target}`).href)
    }),
    { numRuns: 5000 },
  )
})

test("an origin is the URL parser's, or none", () => {
  for (const [host, origin] of [
    ["Shop.Example", "http://shop.example"],
    ["shop.example:80", "http://shop.example"],
    ["shop.example:8080", "http://shop.example:8080"],
    ["127.1", "http://127.0.0.1"],
    ["[::1]:81", "http://[::1]:81"],
    ["1.2.3.4.5", ""],
    ["a:99999", ""],
  ] as const) {
    assert.equal(originFor("http", host), origin, host)
  }
  assert.equal(originFor("https", "a:443"), "https://a")
  assert.equal(originFor("https", "a:80"), "https://a:80")
})
