import assert from "node:assert/strict"
import type { Socket } from "node:net"
import { test } from "node:test"
import type { LoadAnswer, LoadOptions, LoadRequest, LoadTick } from "./load.ts"
import { runLoad } from "./run-load.ts"
import { get, halfASecond } from "./testing/half-a-second.ts"
import { deadPort, httpServer, rawServer } from "./testing/small-server.ts"

const okBytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

test("good answers are counted, connections are reused, the report is plain JSON", async t => {
  const target = await httpServer(t, (_, response) => response.end("hello"))
  const report = await runLoad(halfASecond(target))
  assert.equal(report.sent, 50)
  assert.equal(report.ok, 50)
  assert.deepEqual(report.statuses, { 200: 50 })
  assert.equal(report.latencyMs.count, 50)
  assert.equal(report.connections.requestsOnNew + report.connections.requestsOnReused, 50)
  assert.ok(report.connections.requestsOnReused > 0)
  assert.equal(report.lagging, report.lagMs.p99 > 5)
  assert.deepEqual(JSON.parse(JSON.stringify(report)), report)
})

test("a share of the requests goes on connections of their own", async t => {
  const target = await httpServer(t, (_, response) => response.end("hello"))
  const { connections } = await runLoad(halfASecond(target, { newConnectionShare: 1 }))
  assert.equal(connections.requestsOnNew, 50)
  assert.equal(connections.opened, 50)
})

test("a connection whose end was announced is never used again", async t => {
  const target = await httpServer(t, (_, response) => {
    response.setHeader("Connection", "close")
    response.end("bye")
  })
  const report = await runLoad(halfASecond(target))
  assert.equal(report.ok, 50)
  assert.equal(report.connections.closeAnnounced, 50)
  assert.equal(report.connections.requestsOnNew, 50)
})

test("resets of new connections are counted as such", async t => {
  const target = await rawServer(t, socket => socket.once("data", () => socket.resetAndDestroy()))
  const report = await runLoad(halfASecond(target))
  assert.equal(report.failures.resetNew, 50)
  assert.equal(report.failed, 50)
  assert.equal(report.samples[0]?.nthOnConnection, 1)
})

test("resets of reused connections are counted apart, half-sent answers too", async t => {
  const target = await rawServer(t, socket => {
    let requests = 0
    socket.on("data", () => {
      requests++
      if (requests === 1) socket.write(okBytes)
      else if (requests === 2) socket.end(okBytes.slice(0, -1))
    })
  })
  const report = await runLoad(halfASecond(target))
  assert.ok(report.failures.resetReused > 0)
  assert.equal(report.failures.resetReused, report.connections.requestsOnReused)
  assert.equal(report.ok, report.connections.requestsOnNew)
})

test("connections that the server ends while idle are no failures", async t => {
  const target = await rawServer(t, socket => {
    socket.once("data", () => {
      socket.write(okBytes)
      setImmediate(() => socket.end())
    })
  })
  const report = await runLoad(halfASecond(target, { rps: 20 }))
  assert.equal(report.ok + report.failures.resetReused, 10)
  assert.ok(report.connections.closedWhileIdle > 0)
})

test("refused, late, malformed and wrong answers are counted apart and never retried", async t => {
  const refused = await runLoad(halfASecond(await deadPort()))
  assert.equal(refused.failures.refused, 50)
  const late = await runLoad(halfASecond(await rawServer(t, () => {}), { timeoutMs: 50 }))
  assert.equal(late.failures.timeout, 50)
  assert.ok(late.latencyMs.min >= 45, "time-outs count as latency")
  const malformed = await rawServer(t, socket => socket.on("data", () => socket.write("HTTP/1.1 200 OK\n\n")))
  assert.equal((await runLoad(halfASecond(malformed))).failures.framing, 50)
  let asked = 0
  const wrong = await httpServer(t, (_, response) => {
    response.statusCode = asked++ % 2 === 0 ? 503 : 404
    response.end()
  })
  const { failures, statuses, ok } = await runLoad(halfASecond(wrong))
  assert.equal(asked, 50)
  assert.deepEqual({ ok, statuses }, { ok: 0, statuses: { 404: 25, 503: 25 } })
  assert.deepEqual([failures.status5xx, failures.unexpectedStatus], [25, 25])
})

test("the body of an answer is kept for who asks, and for the sample of a failure", async t => {
  const target = await httpServer(t, (request, response) => {
    response.statusCode = request.url === "/wrong" ? 404 : 200
    response.end("the body")
  })
  const bodies: string[] = []
  const onAnswer = ({ body }: LoadAnswer) => bodies.push(body.toString())
  await runLoad(halfASecond(target, { scenario: { next: () => ({ ...get, onAnswer }) } }))
  assert.deepEqual(bodies, Array(50).fill("the body"))
  const wrong = await runLoad(
    halfASecond(target, { scenario: { next: () => ({ ...get, target: "/wrong" }) } }),
  )
  assert.equal(wrong.samples[0]?.detail, "404 the body")
})

test("bytes that were not asked for cost the connection, not a request", async t => {
  const target = await rawServer(t, socket => socket.on("data", () => socket.write(okBytes + okBytes)))
  const report = await runLoad(halfASecond(target))
  assert.equal(report.ok, 50)
  assert.equal(report.connections.unaskedBytes, 50)
})

test("a server that pauses is seen to pause: the load goes on and its latency counts from the intended time", async t => {
  const pauseMs = 400
  let openAt = 0
  const target = await httpServer(t, (_, response) => {
    if (openAt === 0) openAt = performance.now() + pauseMs
    setTimeout(() => response.end("late"), Math.max(0, openAt - performance.now()))
  })
  const report = await runLoad(halfASecond(target, { durationMs: 1000 }))
  assert.equal(report.sent, 100)
  assert.equal(report.ok, 100)
  // 40 of the 100 requests came during the pause, one every 10 ms: a closed loop would have seen one slow request.
  assert.ok(report.latencyMs.p90 > 200, JSON.stringify(report.latencyMs))
  assert.ok(report.latencyMs.max >= pauseMs * 0.9)
  assert.ok(report.longestSilenceMs >= pauseMs * 0.9)
})

test("a generator that was late says so, and catches up in bursts between which answers are read", async t => {
  const target = await httpServer(t, (_, response) => response.end("hello"))
  let sinceTurn = 0
  let longestBurst = 0
  let turn = setImmediate(function again() {
    sinceTurn = 0
    turn = setImmediate(again)
  })
  t.after(() => clearImmediate(turn))
  let asked = 0
  const next = () => {
    longestBurst = Math.max(longestBurst, ++sinceTurn)
    const busyUntilMs = performance.now() + (++asked === 100 ? 200 : 0)
    while (performance.now() < busyUntilMs);
    return get
  }
  const report = await runLoad(halfASecond(target, { scenario: { next }, rps: 2000 }))
  assert.equal(report.ok, 1000)
  assert.ok(report.lagMs.max >= 190, String(report.lagMs.max))
  assert.equal(report.lagging, true)
  // 400 requests became due while nothing was sent or read. What a timer sends before the next look belongs to a burst of 64.
  assert.ok(longestBurst >= 64 && longestBurst < 128, String(longestBurst))
})

test("answers that come in many pieces, on many connections at once, come whole", async t => {
  const piece = 70_000
  const target = await httpServer(t, (request, response) => {
    response.write(request.url!.slice(1).repeat(piece))
    setImmediate(() => response.end(request.url!.slice(1).repeat(piece)))
  })
  let asked = 0
  let whole = 0
  const next = (): LoadRequest => {
    const letter = String.fromCharCode(97 + (asked++ % 26))
    const onAnswer = ({ body }: LoadAnswer) => {
      if (body.toString() === letter.repeat(2 * piece)) whole++
    }
    return { kind: "get", method: "GET", target: `/${letter}`, onAnswer }
  }
  const report = await runLoad(halfASecond(target, { scenario: { next }, rps: 200 }))
  assert.deepEqual([report.ok, whole], [100, 100])
})

test("ticks add up to the report", async t => {
  const target = await httpServer(t, (_, response) => response.end("hello"))
  const ticks: LoadTick[] = []
  const report = await runLoad(halfASecond(target, { durationMs: 1200, onTick: tick => ticks.push(tick) }))
  assert.ok(ticks.length >= 2)
  assert.equal(
    ticks.reduce((sum, tick) => sum + tick.sent, 0),
    report.sent,
  )
  assert.equal(
    ticks.reduce((sum, tick) => sum + tick.ok, 0),
    report.ok,
  )
})

test("an aborted run reports what was sent; what had no answer is abandoned, not failed", async t => {
  const abort = new AbortController()
  let asked = 0
  const target = await rawServer(t, socket => {
    socket.on("data", () => {
      if (++asked === 5) abort.abort()
    })
  })
  const report = await runLoad(halfASecond(target, { durationMs: 60_000 }), abort.signal)
  assert.ok(report.sent >= 5 && report.sent < 6000)
  assert.equal(report.abandoned, report.sent)
  assert.equal(report.failed, 0)
})

test("a run that was told it is enough waits for the answers that are still to come", async t => {
  const enough = new AbortController()
  const target = await httpServer(t, (_, response) => {
    enough.abort()
    setTimeout(() => response.end("late"), 1500)
  })
  const report = await runLoad(halfASecond(target, { durationMs: 60_000, enough: enough.signal }))
  assert.ok(report.sent >= 1 && report.durationMs < 30_000)
  assert.deepEqual([report.ok, report.abandoned], [report.sent, 0])
})

test("connections of the preparation end with it, so that none is left idle while the load runs", async t => {
  const paths = new Map<string, Socket>()
  const target = await httpServer(t, (request, response) => {
    paths.set(request.url!, request.socket)
    response.end("hello")
  })
  let isThere = true
  const scenario: LoadOptions["scenario"] = {
    prepare: async send => {
      await send({ ...get, target: "/first" })
    },
    next: () => {
      isThere &&= !paths.get("/first")!.destroyed
      return get
    },
  }
  const report = await runLoad(halfASecond(target, { scenario }))
  assert.equal(report.ok, 50)
  assert.notEqual(paths.get("/first"), paths.get("/"))
  assert.ok(!isThere, "its connection was there as long as the load")
})

test("wrong options are refused by name, a preparation without an answer says why", async () => {
  const target = await deadPort()
  await assert.rejects(runLoad(halfASecond(target, { rps: 0 })), { code: "BN3001", message: /rps/ })
  for (const wrong of [{ newConnectionShare: 2 }, { warmUpMs: -1 }, { connectionsAhead: 1.5 }]) {
    await assert.rejects(runLoad(halfASecond(target, wrong)), {
      code: "BN3001",
      message: new RegExp(Object.keys(wrong)[0]!),
    })
  }
  const scenario: LoadOptions["scenario"] = {
    prepare: async send => {
      await send(get)
    },
    next: () => get,
  }
  await assert.rejects(runLoad(halfASecond(target, { scenario })), {
    code: "BN3002",
    message: /ECONNREFUSED/,
  })
})
