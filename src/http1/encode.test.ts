import assert from "node:assert/strict"
import { test } from "node:test"
import { encodeChunkHead, encodeRequestHead, encodeResponseHead, lastChunk } from "./index.ts"

test("heads are written as the standard draws them", () => {
  assert.equal(
    encodeRequestHead({ method: "GET", target: "/a", fields: ["Host", "b", "X", "caf\xe9"] }).toString(
      "latin1",
    ),
    "GET /a HTTP/1.1\r\nHost: b\r\nX: caf\xe9\r\n\r\n",
  )
  assert.equal(encodeResponseHead({ status: 204, fields: [] }).toString(), "HTTP/1.1 204 No Content\r\n\r\n")
  assert.equal(encodeResponseHead({ status: 299, fields: [], minor: 0 }).toString(), "HTTP/1.0 299 \r\n\r\n")
  assert.equal(
    encodeResponseHead({ status: 200, reason: "Fine", fields: [] }).toString(),
    "HTTP/1.1 200 Fine\r\n\r\n",
  )
})

test("chunks are written in hexadecimal and end with their trailers", () => {
  assert.equal(encodeChunkHead(255).toString(), "ff\r\n")
  assert.equal(lastChunk().toString(), "0\r\n\r\n")
  assert.equal(lastChunk(["X", "1"]).toString(), "0\r\nX: 1\r\n\r\n")
})

test("nothing can break out of its place in a head", () => {
  const fields = ["Host", "a"]
  for (const method of ["", "G T", "GET\r\n", "G\u010aT"]) {
    assert.throws(() => encodeRequestHead({ method, target: "/", fields }), { rule: "encode-method" })
  }
  for (const target of ["", "/a b", "/\r\n", "/\0", "/\u010a", "/caf\xe9"]) {
    assert.throws(() => encodeRequestHead({ method: "GET", target, fields }), { rule: "encode-target" })
  }
  for (const value of ["a\r\nb", "a\nb", "a\rb", "a\0b", "a\u010ab", "a\x7fb"]) {
    assert.throws(() => encodeRequestHead({ method: "GET", target: "/", fields: ["X", value] }), {
      rule: "encode-value",
    })
    assert.throws(() => encodeResponseHead({ status: 200, fields: ["X", value] }), { rule: "encode-value" })
    assert.throws(() => lastChunk(["X", value]), { rule: "encode-value" })
    assert.throws(() => encodeResponseHead({ status: 200, reason: value, fields }), { rule: "encode-status" })
  }
  for (const name of ["", "a b", "a:", "a\r\n", "\u0141"]) {
    assert.throws(() => encodeResponseHead({ status: 200, fields: [name, "x"] }), { rule: "encode-name" })
  }
  for (const status of [99, 1000, 200.5, Number.NaN]) {
    assert.throws(() => encodeResponseHead({ status, fields }), { rule: "encode-status" })
  }
})
