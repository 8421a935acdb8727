import assert from "node:assert/strict"
import { test } from "node:test"
import { isSameOrigin } from "./same-origin.ts"

const ask = (method: string, headers: Record<string, string>) =>
  isSameOrigin(new Request("http://shop.example:8080/api", { method, headers }))

test("requests that only read pass", () => {
  for (const method of ["GET", "HEAD", "OPTIONS"])
    assert.ok(ask(method, { origin: "http://evil.example" }), method)
})

test("requests that change must come from a page of this host", () => {
  const cases: Array<[boolean, Record<string, string>]> = [
    [true, { origin: "http://shop.example:8080" }],
    [true, { origin: "https://SHOP.example:8080" }],
    [true, { "sec-fetch-site": "same-origin" }],
    [true, { origin: "http://shop.example:8080", "sec-fetch-site": "same-origin" }],
    [false, {}],
    [false, { origin: "null" }],
    [false, { origin: "" }],
    [false, { origin: "http://shop.example" }],
    [false, { origin: "http://shop.example:8080.evil.example" }],
    [false, { origin: "http://evil.example" }],
    [false, { origin: "http://evil.example", "sec-fetch-site": "same-origin" }],
    [false, { "sec-fetch-site": "none" }],
    [false, { "sec-fetch-site": "same-site" }],
    [false, { "sec-fetch-site": "cross-site" }],
    [false, { origin: "http://shop.example:8080", "sec-fetch-site": "cross-site" }],
  ]
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "PURGE"]) {
    for (const [passes, headers] of cases) assert.equal(ask(method, headers), passes, JSON.stringify(headers))
  }
})

test("a WebSocket opened by a foreign page is refused, though it is a GET", () => {
  assert.equal(ask("GET", { upgrade: "websocket", origin: "http://evil.example" }), false)
  assert.equal(ask("GET", { upgrade: "websocket", origin: "http://shop.example:8080" }), true)
})
