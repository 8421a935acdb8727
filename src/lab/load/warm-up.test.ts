import assert from "node:assert/strict"
import { test } from "node:test"
import type { LoadOptions, LoadRequest, LoadTarget } from "./load.ts"
import { runLoad } from "./run-load.ts"
import { deadPort, rawServer } from "./testing/small-server.ts"
import { warmUp } from "./warm-up.ts"

const get: LoadRequest = { kind: "get", method: "GET", target: "/" }

function options(target: LoadTarget, more: Partial<LoadOptions>): LoadOptions {
  return {
    target,
    scenario: { next: () => get },
    rps: 2000,
    durationMs: 200,
    arrivals: "constant",
    seed: 1,
    newConnectionShare: 0,
    timeoutMs: 20_000,
    ...more,
  }
}

/** What the target has heard at the moment the load begins. */
async function heardBefore(t: Parameters<typeof rawServer>[0], more: Partial<LoadOptions>) {
  const heard = { connections: 0, requests: 0 }
  const target = await rawServer(t, socket => {
    heard.connections++
    socket.on("data", () => {
      heard.requests++
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    })
  })
  let before = { ...heard }
  const onBegin = () => {
    before = { ...heard }
  }
  const startMs = performance.now()
  const report = await runLoad(options(target, { ...more, onBegin }))
  return { before, heard, report, tookMs: performance.now() - startMs }
}

test("a warm generator has sent the target nothing, and counts what the target heard", async t => {
  const { before, heard, report, tookMs } = await heardBefore(t, { warmUpMs: 300, connectionsAhead: 20 })
  // The kernel tells us of a connection before it tells the target.
  assert.ok(before.connections <= 20)
  assert.equal(before.requests, 0)
  assert.deepEqual([heard.requests, report.sent, report.ok], [400, 400, 400])
  assert.equal(heard.connections, report.connections.opened)
  assert.ok(report.connections.opened >= 20)
  assert.equal(report.connections.requestsOnNew + report.connections.requestsOnReused, 400)
  assert.ok(tookMs >= 500, `${tookMs} ms`)
})

test("at a high rate both are done unasked, at a low one neither", async t => {
  const high = await heardBefore(t, {})
  assert.ok(high.tookMs >= 1700, `${high.tookMs} ms`)
  // As many as may wait for their next request: a tenth of the rate.
  assert.ok(high.report.connections.opened >= 200)
  const low = await heardBefore(t, { rps: 100 })
  assert.deepEqual(low.before, { connections: 0, requests: 0 })
  assert.equal(low.report.connections.opened, low.report.connections.requestsOnNew)
})

test("connections opened ahead that are refused are no failures; the requests are", async () => {
  const { connections, failures } = await runLoad(
    options(await deadPort(), { rps: 100, connectionsAhead: 10 }),
  )
  assert.equal(failures.refused, 20)
  assert.deepEqual([connections.opened, connections.closedWhileIdle, connections.resetWhileIdle], [30, 0, 0])
})

test("a warm-up ends early when it is told to", async () => {
  const startMs = performance.now()
  await warmUp(60_000, AbortSignal.timeout(100))
  assert.ok(performance.now() - startMs < 10_000)
})
