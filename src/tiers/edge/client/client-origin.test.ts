import assert from "node:assert/strict"
import { test } from "node:test"
import { ClientOrigin } from "./client-origin.ts"

test("a backend is told of the client by the request at hand, whatever the one before it asked for", () => {
  const origin = new ClientOrigin({ address: "2001:db8::1", scheme: "https", tls: "TLSv1.3" }, false)
  const lines = (host: string, via: string) =>
    [
      `Via: ${via} banyan`,
      `Forwarded: for="[2001:db8::1]";host="${host}";proto=https`,
      "X-Forwarded-For: 2001:db8::1",
      `X-Forwarded-Host: ${host}`,
      "X-Forwarded-Proto: https",
      "",
    ].join("\r\n")
  assert.equal(origin.lines("a:1", 1), lines("a:1", "1.1"))
  assert.equal(origin.lines("a:1", 1), lines("a:1", "1.1"))
  assert.equal(origin.lines("a:1", 0), lines("a:1", "1.0"))
  assert.equal(origin.lines("b", 0), lines("b", "1.0"))
  assert.equal(origin.lines("a:1", 1), lines("a:1", "1.1"))
  assert.equal(new ClientOrigin(origin, true).lines("a:1", 1), lines("a:1", "2.0"))
  const long = `${"a.".repeat(200)}test`
  assert.equal(origin.lines(long, 1), lines(long, "1.1"))
  assert.equal(origin.lines("a:1", 1), lines("a:1", "1.1"))
})
