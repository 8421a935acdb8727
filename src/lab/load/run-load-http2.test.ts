import assert from "node:assert/strict"
import http2, { type Http2Server, type ServerHttp2Stream } from "node:http2"
import { type TestContext, test } from "node:test"
import { fieldValues } from "../../http1/index.ts"
import type { LoadOptions, LoadRequest, LoadTarget } from "./load.ts"
import { runLoad } from "./run-load.ts"
import { halfASecond } from "./testing/half-a-second.ts"
import { deadPort, listening, rawServer } from "./testing/small-server.ts"

const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_REFUSED_STREAM } = http2.constants

/** 50 requests in half a second. */
const load = (target: LoadTarget, more: Partial<LoadOptions> = {}) =>
  runLoad(halfASecond(target, { protocol: "h2c", ...more }))

async function http2Server(
  t: TestContext,
  onStream: (stream: ServerHttp2Stream, nth: number) => void,
): Promise<LoadTarget> {
  const server: Http2Server = http2.createServer()
  let count = 0
  server.on("stream", stream => {
    stream.on("error", () => {})
    onStream(stream, ++count)
  })
  server.on("session", session => {
    session.on("error", () => {})
    t.after(() => session.destroy())
  })
  t.after(() => server.close())
  return listening(server)
}

function answer(stream: ServerHttp2Stream): void {
  if (stream.destroyed) return
  stream.respond({ ":status": 200, "x-two": ["a", "b"] })
  stream.end("hello")
}

test("HTTP/2: many requests share a few connections, some have their own; bodies go up and come back", async t => {
  const seen: string[] = []
  const target = await http2Server(t, async stream => {
    let body = ""
    for await (const piece of stream) body += piece
    seen.push(body)
    answer(stream)
  })
  const heard: unknown[] = []
  const next = (): LoadRequest => ({
    ...{ kind: "post", method: "POST", target: "/", body: "up" },
    onAnswer: ({ fields, body }) => heard.push([fieldValues(fields, "x-two").join(), body.toString()]),
  })
  const report = await load(target, { newConnectionShare: 0.2, scenario: { next } })
  const { connections } = report
  assert.deepEqual([report.ok, report.failed, report.samples], [50, 0, []])
  assert.deepEqual([...new Set(seen)], ["up"])
  assert.deepEqual(heard[0], ["a, b", "hello"])
  assert.equal(connections.requestsOnNew, connections.opened)
  assert.equal(connections.requestsOnNew + connections.requestsOnReused, 50)
  assert.ok(connections.requestsOnReused > 30)
})

test("HTTP/2: a stream that is reset is a failure, one that was refused is counted apart", async t => {
  const target = await http2Server(t, (stream, nth) => {
    if (nth === 10) stream.close(NGHTTP2_INTERNAL_ERROR)
    else if (nth === 20) stream.close(NGHTTP2_REFUSED_STREAM)
    else answer(stream)
  })
  const { ok, failures, samples } = await load(target)
  assert.deepEqual([ok, failures.resetNew + failures.resetReused, failures.unprocessed], [48, 1, 1])
  assert.match(samples.find(({ failure }) => failure !== "unprocessed")!.detail, /RST_STREAM 2/)
})

test("HTTP/2: a server that leaves is told of, and finishes what it took", async t => {
  const target = await http2Server(t, (stream, nth) => {
    if (nth % 10 === 0) stream.session?.close()
    setTimeout(() => answer(stream), 20)
  })
  const { ok, failures, connections, samples } = await load(target)
  assert.equal(ok + failures.unprocessed, 50, JSON.stringify(samples))
  assert.ok(connections.closeAnnounced >= 1, JSON.stringify(connections))
})

test("HTTP/2: a connection that is lost resets all that is on it", async t => {
  const target = await rawServer(t, socket =>
    socket.once("data", () => setTimeout(() => socket.resetAndDestroy(), 100)),
  )
  const { failures, samples } = await load(target)
  const { resetNew, resetReused } = failures
  assert.equal(resetNew + resetReused, 50, JSON.stringify(samples))
  assert.ok(resetNew >= 1 && resetReused >= 1, JSON.stringify(failures))
})

test("HTTP/2: what comes late is late, where no HTTP/2 ever comes back too", async t => {
  const target = await rawServer(t, () => {})
  const { failures } = await load(target, { timeoutMs: 300 })
  assert.equal(failures.timeout, 50)
})

test("HTTP/2: where nobody listens, every request is refused", async () => {
  const { failures, failed } = await load(await deadPort())
  assert.deepEqual([failures.refused, failed], [50, 50])
})
