import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { accessLine } from "./access-line.ts"
import type { AccessEntry } from "./edge.ts"

const entry: AccessEntry = {
  at: 1_700_000_000_000,
  requestId: "ab12-1z",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  client: "2001:db8::1",
  http: "1.1",
  method: "GET",
  target: "/a?b",
  host: "cafe.test:8080",
  status: 200,
  bytesIn: 0,
  bytesOut: 2048,
  durationMs: 1.5,
  backend: "web-1",
  retries: 0,
}

test("a line is the entry as JSON, with the time at which it ended", () => {
  const line = accessLine("edge-1", entry)
  assert.ok(line.endsWith("}}\n"))
  const time = "2023-11-14T22:13:20.001Z"
  assert.deepEqual(JSON.parse(line), { level: 30, time, id: "edge-1", access: entry })
  assert.equal(
    JSON.parse(accessLine("edge-1", { ...entry, error: 'he said "no"\n' })).access.error,
    'he said "no"\n',
  )
  assert.equal(JSON.parse(accessLine("edge-1", { ...entry, durationMs: 0.123456 })).access.durationMs, 0.123)
})

test("property: nothing that a client chose can break out of its place", () => {
  const text = fc.string({ unit: "binary" })
  fc.assert(
    fc.property(text, text, text, (target, host, error) => {
      const line = accessLine("edge-1", { ...entry, target, host, error })
      assert.equal(line.indexOf("\n"), line.length - 1)
      assert.deepEqual(JSON.parse(line).access, { ...entry, target, host, error })
    }),
  )
})
