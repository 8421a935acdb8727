import assert from "node:assert/strict"
import test from "node:test"
import { codingFor } from "./accept-encoding.ts"

test("the smallest of what the client likes best", () => {
  const cases: [string | undefined, string][] = [
    [undefined, "identity"],
    ["", "identity"],
    ["gzip, deflate, br, zstd", "br"],
    ["GZIP", "gzip"],
    ["br;q=0.5, gzip", "gzip"],
    ["br;q=0, *;q=0.1", "gzip"],
    ["br;q=0, gzip;q=0", "identity"],
    ["*", "br"],
    ["identity, br;q=0.9", "identity"],
    ["deflate", "identity"],
    ["br;q=much", "identity"],
    ["*;q=0", "identity"],
  ]
  for (const [header, coding] of cases) assert.equal(codingFor(header), coding, header)
})
