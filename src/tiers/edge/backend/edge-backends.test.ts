import assert from "node:assert/strict"
import type { RequestListener } from "node:http"
import { test } from "node:test"
import { ManualClock } from "../../../kit/clock.ts"
import { mapOf, startBackend, startEdge, startRawBackend, until } from "../testing/edge-fixture.ts"
import { RawClient } from "../testing/raw-client.ts"

test("while all backends are away requests are held, and answered when one comes back", async t => {
  const backend = await startBackend(t, (request, response) => {
    request.resume().on("end", () => response.end("back"))
  })
  const { port, edge } = await startEdge(t, [backend])
  backend.kill()
  await until(() => !edge.ready)
  const clients = Array.from({ length: 10 }, () => new RawClient(port, t))
  const answers = clients.map((client, at) => {
    client.send(`${at % 2 ? "GET" : "POST"} / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi`)
    return client.answer()
  })
  await until(() => edge.report().outstanding === 10)
  await backend.restart()
  for (const answer of await Promise.all(answers)) assert.equal(answer.body.toString(), "back")
})

test("nobody waits longer than the limit, and no more wait than the limit", async t => {
  const { port, edge } = await startEdge(t, [], { holdTimeoutMs: 400, maxHeld: 2 })
  const clients = Array.from({ length: 3 }, () => new RawClient(port, t))
  const [first, second] = clients.map(client => client.get("/"))
  await until(() => edge.report().outstanding === 2)
  const third = await clients[2]!.get("/")
  assert.deepEqual([third.status, third.header("retry-after")], [503, "1"])
  assert.equal(JSON.parse(third.body.toString()).error.code, "BN2014")
  for (const answer of [await first!, await second!]) {
    assert.equal(answer.status, 503)
    assert.equal(JSON.parse(answer.body.toString()).error.code, "BN2013")
  }
  assert.equal(clients[0]!.ended, false)
})

test("a held request whose client goes away is forgotten", async t => {
  const { port, edge, log } = await startEdge(t, [])
  const client = new RawClient(port, t)
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
  await until(() => edge.report().outstanding === 1)
  client.socket.resetAndDestroy()
  await until(() => edge.report().outstanding === 0)
  assert.deepEqual([log[0]!.status, edge.report().aborted], [0, 1])
})

test("no more connections go to a backend than the limit; the others wait their turn", async t => {
  let now = 0
  let most = 0
  const backend = await startBackend(t, (_, response) => {
    most = Math.max(most, ++now)
    setTimeout(() => {
      now--
      response.end("ok")
    }, 5)
  })
  const { port } = await startEdge(t, [backend], { maxConnectionsPerBackend: 3 })
  const clients = Array.from({ length: 20 }, () => new RawClient(port, t))
  for (const answer of await Promise.all(clients.map(client => client.get("/"))))
    assert.equal(answer.status, 200)
  assert.equal(most, 3)
})

test("a backend killed under load costs no idempotent request and is out of rotation at once", async t => {
  const handle: Parameters<typeof startBackend>[1] = (_, response) => {
    setTimeout(() => response.end("ok"), 2)
  }
  const backends = await Promise.all([1, 2, 3].map(() => startBackend(t, handle)))
  const { port, edge } = await startEdge(t, backends)
  await until(() => edge.report().backends.every(backend => backend.healthy))
  let stop = false
  let answered = 0
  const clients = Array.from({ length: 24 }, async () => {
    const client = new RawClient(port, t)
    while (!stop) {
      assert.equal((await client.get("/")).status, 200)
      answered++
    }
  })
  const outAfterMs: number[] = []
  for (let round = 0; round < 10; round++) {
    const victim = backends[round % backends.length]!
    const target = answered + 100
    await until(() => answered > target)
    const killedAt = performance.now()
    victim.kill()
    await until(() => edge.report().backends.some(one => one.id === victim.id && !one.healthy))
    outAfterMs.push(performance.now() - killedAt)
    await victim.restart()
    await until(() => edge.report().backends.every(backend => backend.healthy))
  }
  stop = true
  await Promise.all(clients)
  t.diagnostic(
    `${answered} answered; out of rotation after ${outAfterMs.map(ms => ms.toFixed(1)).join(", ")} ms`,
  )
  assert.equal(edge.report().aborted, 0)
})

test("a frozen backend is left out, and comes back when it thaws", async t => {
  let frozen = false
  const thawed = await startBackend(t, (_, response) => response.end("thawed"))
  const freezing = await startRawFreezing(t, () => frozen)
  const { port, edge } = await startEdge(t, [thawed, freezing], {
    healthIntervalMs: 50,
    healthTimeoutMs: 200,
    backendTimeoutMs: 500,
  })
  const healthy = () => edge.report().backends.filter(backend => backend.healthy).length
  await until(() => healthy() === 2)
  frozen = true
  await until(() => healthy() === 1)
  const client = new RawClient(port, t)
  for (let count = 0; count < 10; count++) assert.equal((await client.get("/")).body.toString(), "thawed")
  frozen = false
  await until(() => healthy() === 2)
})

async function startRawFreezing(t: Parameters<typeof startEdge>[0], isFrozen: () => boolean) {
  return startBackend(t, (_, response) => response.end("freezing"), {
    prepare: server =>
      server.prependListener("request", (_, response) => {
        if (isFrozen()) response.end = () => response
      }),
  })
}

test("a backend that says it is not ready is not chosen", async t => {
  let status = 200
  const shy = await startBackend(t, (_, response) => response.end("shy"), { health: () => status })
  const other = await startBackend(t, (_, response) => response.end("other"))
  const { port, edge } = await startEdge(t, [shy, other], { healthIntervalMs: 20 })
  await until(() => edge.report().backends.every(backend => backend.healthy))
  status = 503
  await until(() => edge.report().backends.some(backend => !backend.healthy))
  const client = new RawClient(port, t)
  for (let count = 0; count < 10; count++) assert.equal((await client.get("/")).body.toString(), "other")
})

test("a backend whose answer is the last on its connection is checked at once; one that leaves keeps no idle one", async t => {
  let health = 200
  const handle: RequestListener = (request, response) => {
    if (request.url === "/last") response.setHeader("Connection", "close")
    setTimeout(() => response.end("ok"), 20)
  }
  const backend = await startBackend(t, handle, { health: () => health })
  const { port, edge } = await startEdge(t, [backend], { healthIntervalMs: 60_000 })
  const connections = () =>
    new Promise<number>(resolve => backend.server.getConnections((_, count) => resolve(count)))
  const clients = Array.from({ length: 3 }, () => new RawClient(port, t))
  await Promise.all(clients.map(client => client.get("/")))
  assert.equal(await connections(), 3)
  health = 503
  assert.equal((await clients[0]!.get("/last")).status, 200)
  await until(() => !edge.ready, "out of rotation")
  for (let left = 3; left > 0; left = await connections())
    await new Promise(resolve => setTimeout(resolve, 2))
})

test("a draining or removed backend finishes what it has and gets nothing new", async t => {
  let release = () => {}
  const old = await startBackend(t, (request, response) => {
    if (request.url !== "/slow") return void response.end("old")
    response.write("ol")
    release = () => response.end("d")
  })
  const young = await startBackend(t, (_, response) => response.end("young"))
  const { port, edge } = await startEdge(t, [old])
  for (const how of ["draining", "removed"] as const) {
    await edge.apply(mapOf([old]))
    await until(() => edge.ready)
    const slow = new RawClient(port, t)
    slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    await until(() => slow.received.length > 0)
    await edge.apply(mapOf(how === "draining" ? [{ ...old, state: "draining" }, young] : [young]))
    const client = new RawClient(port, t)
    for (let count = 0; count < 10; count++) assert.equal((await client.get("/")).body.toString(), "young")
    assert.equal(edge.report().backends.find(backend => backend.id === old.id)?.outstanding, 1)
    release()
    assert.equal((await slow.answer()).body.toString(), "old")
    await until(() => (edge.report().backends.find(backend => backend.id === old.id)?.outstanding ?? 0) === 0)
  }
})

for (const [how, entry] of [
  ["draining", { state: "draining" }],
  ["removed", undefined],
] as const) {
  test(`a ${how} backend that says nothing beyond its drain time-out is given up; who reads slowly is none of its doing`, async t => {
    const clock = new ManualClock(1_000)
    const clients: RawClient[] = []
    // First: with a clock that stands, the door waits until they have gone.
    t.after(() => {
      for (const { socket } of clients) socket.destroy()
    })
    const large = "x".repeat(32 * 1024 * 1024)
    let waiting = () => 0
    const frozen = await startRawBackend(t, (socket, text) => {
      if (text.startsWith("GET /begun")) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
      if (!text.startsWith("GET /large")) return
      waiting = () => socket.writableLength
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${large.length}\r\n\r\n${large}`)
    })
    const well = await startBackend(t, (_, response) => response.end("elsewhere"))
    const limits = { backendTimeoutMs: 3_600_000, bodyIdleTimeoutMs: 3_600_000, healthTimeoutMs: 3_600_000 }
    const { edge, port } = await startEdge(t, [frozen], limits, { clock })
    for (const start of ["GET /", "POST /", "GET /begun", "GET /large"])
      clients.push(new RawClient(port).send(`${start} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`))
    const [get, post, begun, slow] = clients as [RawClient, RawClient, RawClient, RawClient]
    slow.socket.pause()
    const answers = [get.answer(), post.answer("POST")]
    const cut = assert.rejects(begun.answer(), /reset/)
    await until(() => frozen.received.length === 4 && edge.report().answers?.["2xx"] === 2)
    // What the sockets in between take of the large answer has been taken.
    let before = -1
    let still = 0
    await until(() => {
      still = waiting() === before ? still + 1 : 0
      before = waiting()
      return still === 25
    })
    const backends = entry === undefined ? [well] : [{ ...frozen, ...entry }, well]
    await edge.apply(mapOf(backends, "open", 10_000))
    await until(() => edge.report().backends.some(({ id, healthy }) => id === well.id && healthy))
    clock.advance(14_900)
    await new Promise(resolve => setImmediate(resolve))
    assert.equal(edge.report().outstanding, 4)
    clock.advance(300)
    const [again, told] = await Promise.all(answers)
    assert.equal(again!.body.toString(), "elsewhere")
    assert.equal(JSON.parse(told!.body.toString()).error.code, "BN2015")
    await cut
    assert.equal(edge.report().outstanding, 1)
    slow.socket.resume()
    assert.equal((await slow.answer()).body.length, large.length)
  })
}
