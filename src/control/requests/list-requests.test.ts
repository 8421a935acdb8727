import assert from "node:assert/strict"
import { test } from "node:test"
import type { TracePart } from "../../wire/request-trace.ts"
import type { SeenPart } from "./join-parts.ts"
import { findRequest, listRequests, requestFilterSchema } from "./list-requests.ts"

function seen(instance: string, given: Partial<TracePart>): SeenPart {
  const part: TracePart = {
    requestId: "a-1",
    traceId: "t1",
    role: instance.startsWith("edge") ? "edge" : "web",
    kept: "slow",
    at: 1_000,
    latencyMs: 10,
    durationMs: 10,
    method: "GET",
    target: "/",
    status: 200,
    steps: [],
    ...given,
  }
  return { instance, part }
}
const step = (name: string, startMs: number, durationMs: number, more = {}) => ({
  name,
  startMs,
  durationMs,
  ...more,
})
const of = (...parts: SeenPart[]) => ({ at: 5_000, parts, silent: [] })
const filter = (query: Record<string, string> = {}) => requestFilterSchema.parse(query)

test("what the web instance did lies within the try it did it in, whatever its clock says", () => {
  const tries = [
    step("try", 1, 3, { details: { backend: "web-1" }, error: "closed" }),
    step("try", 4, 6, { details: { backend: "web-2" } }),
  ]
  const request = findRequest(
    of(
      seen("web-2", { at: 400, durationMs: 5, steps: [step("query", 1, 2)] }),
      seen("web-1", { at: 9_000, durationMs: 2, status: 0 }),
      seen("edge-1", { kept: "retried", steps: tries }),
    ),
    "a-1",
  )
  assert.deepEqual(
    request?.steps.map(({ name, instance, depth, startMs }) => [name, instance, depth, startMs]),
    [
      ["request", "edge-1", 0, 0],
      ["try", "edge-1", 1, 1],
      ["web", "web-1", 2, 2],
      ["try", "edge-1", 1, 4],
      ["web", "web-2", 2, 4],
      ["query", "web-2", 3, 5],
    ],
  )
  assert.deepEqual(
    [request?.retries, request?.kept, request?.instances],
    [1, "retried", ["edge-1", "web-2", "web-1"]],
  )
})

test("a web instance alone tells what it knows; steps that claim to lie in later ones are left out", () => {
  const steps = [
    step("own", 0, 4),
    step("query", 1, 2, { parent: 0 }),
    step("loop", 0, 1, { parent: 2 }),
    step("future", 0, 1, { parent: 9 }),
  ]
  const request = findRequest(of(seen("web-1", { steps, omitted: 3 })), "t1")
  assert.deepEqual(
    request?.steps.map(({ name, depth }) => [name, depth]),
    [
      ["web", 0],
      ["own", 1],
      ["query", 2],
    ],
  )
  assert.equal(request?.omitted, 3)
  assert.equal(findRequest(of(), "t1"), undefined)
})

test("the slowest first, and only what the query asks for", () => {
  const all = of(
    seen("edge-1", { requestId: "a-1", latencyMs: 5, at: 1_000 }),
    seen("edge-1", { requestId: "a-2", latencyMs: 50, at: 2_000, status: 503, kept: "failed" }),
    seen("edge-2", { requestId: "b-1", latencyMs: 20, at: 3_000, status: 0, kept: "failed" }),
  )
  const ids = (query: Record<string, string>) =>
    listRequests(all, filter(query)).requests.map(({ requestId }) => requestId)
  assert.deepEqual(ids({}), ["a-2", "b-1", "a-1"])
  assert.deepEqual(ids({ kept: "failed" }), ["a-2", "b-1"])
  assert.deepEqual(ids({ status: "5xx" }), ["a-2"])
  assert.deepEqual(ids({ status: "0" }), ["b-1"])
  assert.deepEqual(ids({ min_ms: "20" }), ["a-2", "b-1"])
  assert.deepEqual(ids({ since: "2500" }), ["b-1"])
  assert.deepEqual(ids({ instance: "edge-1", limit: "1" }), ["a-2"])
  for (const wrong of [{ status: "6xx" }, { limit: "0" }, { min_ms: "x" }, { kept: "all" }, { page: "2" }])
    assert.throws(() => filter(wrong as Record<string, string>))
})
