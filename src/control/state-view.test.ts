import assert from "node:assert/strict"
import { test } from "node:test"
import { viewRequests } from "./state-view.ts"

test("requests of a front door and of a web instance are their own count, those of a program the front doors'", () => {
  const requestsOf = viewRequests(
    new Map([
      ["app-1", { "front/requests": 9, "web/requests": 8 }],
      ["edge-1", { "front/requests": 7, "front/backends/web-1": 4, "front/backends/web-2": 3 }],
      ["edge-2", { "front/requests": 5, "front/backends/web-2": 5 }],
      ["web-1", { "web/requests": 4 }],
    ]),
  )
  const ids = ["app-1", "edge-1", "web-1", "web-2", "postgres-1"]
  assert.deepEqual(ids.map(requestsOf), [9, 7, 4, 8, 0])
})
