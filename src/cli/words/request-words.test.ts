import assert from "node:assert/strict"
import { test } from "node:test"
import { stripVTControlCharacters } from "node:util"
import type { RequestView } from "../../wire/admin.ts"
import { requestLines, requestsLines } from "./request-words.ts"

const request: RequestView = {
  schema: 1,
  requestId: "a-1",
  traceId: "t1",
  at: 0,
  method: "GET",
  target: "/\u001b[2Jcafes\u202e?q=…",
  status: 200,
  latencyMs: 100,
  durationMs: 100,
  kept: "slow",
  instances: ["edge-1", "web-1"],
  retries: 0,
  omitted: 2,
  steps: [
    {
      instance: "edge-1",
      role: "edge",
      name: "request",
      depth: 0,
      startMs: 0,
      durationMs: 100,
      details: { status: "200" },
    },
    {
      instance: "edge-1",
      role: "edge",
      name: "try",
      depth: 1,
      startMs: 0,
      durationMs: 50,
      details: { backend: "web-2" },
      error: "closed",
    },
    {
      instance: "web-1",
      role: "web",
      name: "query",
      depth: 1,
      startMs: 50,
      durationMs: 50,
      details: { sql: "select \u0007 1", server: "postgres-1" },
    },
  ],
}

test("a waterfall in letters: bars under one scale, statements, failures, nothing that moves the cursor", () => {
  const lines = requestLines(request, 60).map(stripVTControlCharacters)
  assert.deepEqual(lines, [
    "GET /cafes�?q=…",
    "200, head after 100 ms, over after 100 ms",
    "request a-1, trace t1, 1970-01-01T00:00:00.000Z",
    "",
    `edge-1 200          ${"█".repeat(28)}  100 ms`,
    `  try web-2         ${"█".repeat(14)}${" ".repeat(14)}  50 ms`,
    "    closed",
    `  query postgres-1  ${" ".repeat(14)}${"█".repeat(14)}  50 ms`,
    "    select � 1",
    "",
    "2 more steps were not kept",
  ])
})

test("a list: one line each", () => {
  const view = {
    schema: 1 as const,
    at: 0,
    windowMs: 1,
    silent: [],
    requests: [request, { ...request, status: 0 }],
  }
  const lines = requestsLines(view).map(stripVTControlCharacters)
  assert.match(lines[1]!, /^100 ms {2}200 {8}slow {2}00:00:00 {2}GET \/cafes�\?q=… {2}a-1 {2}edge-1, web-1$/)
  assert.match(lines[2]!, /no answer/)
})
