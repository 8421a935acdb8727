import assert from "node:assert/strict"
import { test } from "node:test"
import { requestEncoder } from "./encode-request.ts"
import type { LoadRequest } from "./load.ts"

test("Host and the length of the body in bytes are added", () => {
  const encode = requestEncoder({ host: "::1", port: 8080 })
  const bytes = encode({ kind: "post", method: "POST", target: "/a", fields: ["X", "y"], body: "é" })
  assert.equal(bytes.toString(), "POST /a HTTP/1.1\r\nHost: [::1]:8080\r\nX: y\r\nContent-Length: 2\r\n\r\né")
})

test("a request that is the one before is not encoded again, another is", () => {
  const encode = requestEncoder({ host: "h", port: 80 })
  const first: LoadRequest = { kind: "get", method: "GET", target: "/1" }
  const second: LoadRequest = { kind: "get", method: "GET", target: "/2" }
  assert.equal(encode(first), encode(first))
  assert.equal(encode(second).toString(), "GET /2 HTTP/1.1\r\nHost: h:80\r\n\r\n")
  assert.equal(encode(first).toString(), "GET /1 HTTP/1.1\r\nHost: h:80\r\n\r\n")
})
