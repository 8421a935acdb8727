import assert from "node:assert/strict"
import { test } from "node:test"
import { systemClock } from "../../../kit/node/system-clock.ts"
import { createEdge } from "../create-edge.ts"
import { mapOf, quietLog, startBackend, startEdge, until } from "../testing/edge-fixture.ts"
import { RawClient } from "../testing/raw-client.ts"

test("an older map changes nothing", async t => {
  const backend = await startBackend(t, (_, response) => response.end("ok"))
  const { edge, port } = await startEdge(t, [])
  const old = mapOf([], "closed")
  await edge.apply(mapOf([backend]))
  await edge.apply(old)
  assert.equal(edge.report().state, "open")
  assert.equal((await new RawClient(port, t).get("/")).status, 200)
})

test("a closed door takes nobody in, and answers each connection once more with close", async t => {
  const backend = await startBackend(t, (_, response) => response.end("ok"))
  const { edge, port } = await startEdge(t, [backend])
  const clients = Array.from({ length: 8 }, () => new RawClient(port, t))
  for (const client of clients) await client.get("/")
  await edge.apply(mapOf([backend], "closed"))
  assert.equal(edge.report().state, "draining")
  const late = new RawClient(port, t)
  await late.closed
  assert.equal(late.reset, true)
  for (const client of clients) {
    const answer = await client.get("/")
    assert.deepEqual([answer.status, answer.header("connection")], [200, "close"])
    client.socket.end()
    await client.closed
    assert.equal(client.reset, false)
  }
  await until(() => edge.report().state === "drained")
})

test("while the door closes an idle connection is ended long before the deadline, in order", async t => {
  const backend = await startBackend(t, (_, response) => response.end("ok"))
  const { edge, port } = await startEdge(t, [backend], { drainIdleTimeoutMs: 200 })
  const idle = new RawClient(port, t)
  await idle.get("/")
  const unused = new RawClient(port, t)
  await until(() => edge.report().connections === 2)
  await edge.apply(mapOf([backend], "closed"))
  await idle.closed
  assert.deepEqual([idle.ended, idle.reset], [true, false])
  unused.socket.end()
  await until(() => edge.report().state === "drained")
})

test("a slow answer and a half-sent request are finished while the door closes", async t => {
  let release = () => {}
  const backend = await startBackend(t, (request, response) => {
    if (request.url === "/slow") release = () => response.end("late")
    else request.resume().on("end", () => response.end("whole"))
  })
  const { edge, port } = await startEdge(t, [backend])
  const slow = new RawClient(port, t)
  const slowAnswer = slow.get("/slow")
  const half = new RawClient(port, t)
  half.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")
  const early = new RawClient(port, t)
  early.send("GET /ok HTTP/1.1\r\nHo")
  await until(() => backend.requests === 2 && edge.report().connections === 3)
  await edge.apply(mapOf([backend], "closed"))
  release()
  half.send("2\r\ncd\r\n0\r\n\r\n")
  early.send("st: a\r\n\r\n")
  assert.equal((await slowAnswer).body.toString(), "late")
  assert.equal((await half.answer("POST")).body.toString(), "whole")
  assert.equal((await early.answer()).body.toString(), "whole")
  for (const client of [slow, half, early]) client.socket.end()
  await until(() => edge.report().state === "drained")
})

test("at the deadline idle connections are closed, and a grace later everything", async t => {
  const backend = await startBackend(t, (request, response) => {
    if (request.url === "/never") response.write("begun")
    else response.end("ok")
  })
  const { edge, port } = await startEdge(t, [backend])
  const idle = new RawClient(port, t)
  await idle.get("/")
  const stuck = new RawClient(port, t)
  stuck.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n")
  await until(() => stuck.received.length > 0)
  const stopped = edge.stop(300)
  await idle.closed
  assert.deepEqual([idle.ended, idle.reset], [true, false])
  await stopped
  assert.equal(edge.report().state, "drained")
  assert.equal(edge.report().aborted, 1)
})

test("a door of its own opens again after it was closed, also while draining", async t => {
  const backend = await startBackend(t, (_, response) => response.end("ok"))
  const { edge, port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  await client.get("/")
  await edge.apply(mapOf([backend], "closed"))
  await edge.apply(mapOf([backend], "open"))
  assert.equal(edge.report().state, "open")
  assert.equal((await client.get("/")).header("connection"), undefined)
  assert.equal((await new RawClient(edge.address()!.port, t).get("/")).status, 200)
})

test("listening on a busy port is an error that says so", async t => {
  const { port } = await startEdge(t, [])
  const edge = createEdge({
    id: "edge-1",
    listen: { host: "127.0.0.1", port },
    limits: {},
    clock: systemClock,
    random: Math.random,
    accessLog() {},
    log: quietLog,
  })
  t.after(() => edge.stop(1))
  await assert.rejects(edge.apply(mapOf([])), { code: "BN2001", message: /EADDRINUSE/ })
})

test("changes of state and health are announced", async t => {
  const backend = await startBackend(t, (_, response) => response.end("ok"))
  const { edge } = await startEdge(t, [])
  const seen: string[] = []
  edge.onChange(() => seen.push(`${edge.report().state} ${edge.ready}`))
  await edge.apply(mapOf([backend]))
  await until(() => seen.includes("open true"))
  await edge.apply(mapOf([backend], "closed"))
  await until(() => seen.includes("drained true"))
})

test("a draining backend is not asked for its health any more, and is again when it is wanted back", async t => {
  let checks = 0
  const backend = await startBackend(t, (_, response) => response.end("ok"), {
    health: () => {
      checks++
      return 200
    },
  })
  const { edge } = await startEdge(t, [backend], { healthIntervalMs: 10 })
  await edge.apply(mapOf([{ ...backend, state: "draining" }]))
  await until(() => !edge.ready)
  const before = checks
  await new Promise(resolve => setTimeout(resolve, 200))
  assert.ok(checks <= before + 1)
  await edge.apply(mapOf([backend]))
  const wanted = checks + 3
  await until(() => edge.ready && checks >= wanted)
})

test("at the deadline an event stream is ended with a hint, between whole events, and not cut", async t => {
  let gone = false
  const backend = await startBackend(t, (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" })
    response.write("data: whole\n\ndata: ha")
    response.once("close", () => {
      gone = true
    })
  })
  const { edge, port, log } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  const answer = client.get("/")
  await until(() => backend.requests === 1)
  const stopped = edge.stop(300)
  assert.equal((await answer).body.toString(), "data: whole\n\ndata: ha\nretry: 1000\n")
  client.socket.end()
  await stopped
  assert.equal(client.reset, false)
  await until(() => gone)
  assert.deepEqual([edge.report().aborted, log.at(-1)!.error], [0, undefined])
})

test("a request that becomes a stream after the deadline is ended too", async t => {
  let answer = () => {}
  const backend = await startBackend(t, (_, response) => {
    answer = () => response.writeHead(200, { "content-type": "text/event-stream" }).write("data: late\n\n")
  })
  const { edge, port } = await startEdge(t, [backend])
  const idle = new RawClient(port, t)
  const client = new RawClient(port, t)
  const late = client.get("/")
  await until(() => backend.requests > 0)
  const stopped = edge.stop(1000)
  await idle.closed
  answer()
  assert.equal((await late).body.toString(), "data: late\n\nretry: 1000\n\n")
  client.socket.end()
  await stopped
  assert.equal(edge.report().aborted, 0)
})
