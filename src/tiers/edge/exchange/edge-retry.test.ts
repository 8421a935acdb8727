import assert from "node:assert/strict"
import { test } from "node:test"
import { systemClock } from "../../../kit/node/system-clock.ts"
import type { Backend } from "../../../wire/map.ts"
import { startBackend, startEdge, startRawBackend, until } from "../testing/edge-fixture.ts"
import { RawClient } from "../testing/raw-client.ts"

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

/** Two backends that hang up on the first request of the test and answer every other one. */
async function flaky(
  t: Parameters<typeof startEdge>[0],
  beforeHangUp = "",
  entries: readonly Partial<Backend>[] = [{}, {}],
) {
  let total = 0
  const answer = (socket: import("node:net").Socket) => {
    if (++total > 1) socket.write(ok)
    else if (beforeHangUp === "") socket.destroy()
    else socket.end(beforeHangUp)
  }
  const backends = await Promise.all(entries.map(() => startRawBackend(t, answer)))
  const { port, log, edge } = await startEdge(
    t,
    backends.map((backend, at) => ({ ...backend, ...entries[at] })),
  )
  await until(() => edge.report().backends.every(backend => backend.healthy))
  return {
    client: new RawClient(port, t),
    log,
    edge,
    sent: () => backends.flatMap(backend => backend.received),
  }
}

for (const method of ["GET", "HEAD", "OPTIONS", "DELETE", "TRACE"]) {
  test(`${method}: sent again when the backend hung up without an answer`, async t => {
    const { client, log, sent } = await flaky(t)
    client.send(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`)
    assert.equal((await client.answer("HEAD")).status, 200)
    assert.equal(sent().length, 2)
    assert.equal(log[0]!.retries, 1)
  })
}

test("PUT with a held body is sent again with its body", async t => {
  const { client, sent } = await flaky(t)
  client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
  assert.equal((await client.answer("PUT")).status, 200)
  assert.deepEqual(
    sent().map(text => text.endsWith("hello")),
    [true, true],
  )
})

for (const method of ["POST", "PATCH"]) {
  test(`${method} is never sent twice once it may have been processed`, async t => {
    const { client, log, sent } = await flaky(t)
    client.send(`${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello`)
    const answer = await client.answer(method)
    assert.equal(answer.status, 502)
    assert.equal(JSON.parse(answer.body.toString()).error.code, "BN2015")
    assert.equal(sent().length, 1)
    assert.match(log[0]!.error!, /BN2015/)
  })
}

const honours = { keyedRoutes: ["POST /orders", "PATCH /orders/*"] }
const order = (method: string, target: string, fields: string, body = "hello") =>
  `${method} ${target} HTTP/1.1\r\nHost: a\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`

for (const [method, target] of [
  ["POST", "/orders?a=1"],
  ["PATCH", "/orders/7"],
] as const) {
  test(`${method} with a key that its backend honours is sent again, whole, with its key`, async t => {
    const { client, log, edge, sent } = await flaky(t, "", [honours, honours])
    client.send(order(method, target, 'Idempotency-Key: "k-1"\r\n'))
    assert.equal((await client.answer(method)).status, 200)
    assert.equal(sent().length, 2)
    for (const text of sent()) assert.match(text, /\r\nIdempotency-Key: "k-1"\r\n.*\r\n\r\nhello$/s)
    assert.deepEqual([log[0]!.retries, edge.report().retries], [1, 1])
  })
}

test("a key changes nothing where it is not honoured, is doubled or empty, the answer had begun, or the body is large", async t => {
  const key = "Idempotency-Key: k\r\n"
  const cases: ReadonlyArray<readonly [string, string, string?, object?]> = [
    ["no key", order("POST", "/orders", "")],
    ["two keys", order("POST", "/orders", key + key)],
    ["an empty key", order("POST", "/orders", "Idempotency-Key: \r\n")],
    ["another route", order("POST", "/sign-ups", key)],
    ["another method", order("PATCH", "/orders", key)],
    ["a large body", order("POST", "/orders", key, "x".repeat(100_000))],
    ["a backend that honours none", order("POST", "/orders", key), "", {}],
    ["an answer that had begun", order("POST", "/orders", key), "H"],
  ]
  for (const [words, request, beforeHangUp = "", entry = honours] of cases) {
    const { client, log, sent } = await flaky(t, beforeHangUp, [entry, entry])
    client.send(request)
    assert.equal((await client.answer("POST")).status, 502, words)
    assert.equal(sent().filter(text => text.includes("HTTP/1.1")).length, 1, words)
    assert.match(log[0]!.error!, /BN201[56]/, words)
  }
})

test("what a backend may have done by a key never goes on to one that does not honour keys", async t => {
  const knowing = await startRawBackend(t, (socket, _, count) =>
    count === 1 ? socket.destroy() : socket.write(ok),
  )
  const ignorant = await startRawBackend(t, socket => socket.write(ok))
  const { port, edge } = await startEdge(t, [{ ...knowing, ...honours }, ignorant])
  await until(() => edge.report().backends.every(backend => backend.healthy))
  const client = new RawClient(port, t)
  for (let count = 0; knowing.received.length === 0; count++) {
    assert.ok(count < 100, "never chosen")
    client.send(order("POST", "/orders", `Idempotency-Key: k-${count}\r\n`))
    assert.equal((await client.answer("POST")).status, 200)
  }
  const keys = (received: readonly string[]) => received.map(text => /k-\d+/.exec(text)![0])
  const [dropped] = keys(knowing.received)
  assert.deepEqual(keys(knowing.received), [dropped, dropped], "it was sent again to the one that honours it")
  assert.ok(!keys(ignorant.received).includes(dropped!))
})

test("who waits for a backend that honours its key holds nobody up", async t => {
  const frozen = await startRawBackend(t, socket => void socket.destroy())
  const other = await startRawBackend(t, socket => socket.write(ok))
  const { port, edge } = await startEdge(t, [{ ...frozen, ...honours }, other], { holdTimeoutMs: 20_000 })
  await until(() => edge.report().backends.every(backend => backend.healthy))
  const keyed = Array.from({ length: 20 }, (_, at) => {
    const client = new RawClient(port, t)
    client.send(order("POST", "/orders", `Idempotency-Key: k-${at}\r\n`))
    return client
  })
  await until(() => frozen.received.length > 0)
  const client = new RawClient(port, t)
  for (let count = 0; count < 20; count++) assert.equal((await client.get("/")).status, 200)
  for (const each of keyed) each.socket.destroy()
})

test("PUT with a body too large to hold is not sent twice", async t => {
  let total = 0
  let bytes = 0
  const backends = [1, 2].map(() =>
    startRawBackend(t, (socket, text) => {
      bytes += text.length
      if (bytes > 150_000 && total++ === 0) socket.destroy()
    }),
  )
  const { port } = await startEdge(t, await Promise.all(backends))
  const client = new RawClient(port, t)
  client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n").send(Buffer.alloc(200_000))
  assert.equal((await client.answer("PUT")).status, 502)
  assert.equal(total, 1)
})

test("nothing is sent again once a byte of an answer came", async t => {
  for (const begun of ["H", "HTTP/1.1 100 Continue\r\n\r\n"]) {
    const { client, sent } = await flaky(t, begun)
    const answer = await client.get("/")
    assert.equal(answer.status, 502)
    assert.equal(sent().length, 1)
  }
})

test("an answer that breaks off ends the client's connection, with a length and with chunks", async t => {
  for (const head of ["Content-Length: 10", "Transfer-Encoding: chunked"]) {
    const { client, edge, log } = await flaky(t, `HTTP/1.1 200 OK\r\n${head}\r\n\r\n5\r\nhe`)
    await assert.rejects(client.get("/"))
    await until(() => log.length === 1)
    assert.equal(edge.report().aborted, 1)
    assert.equal(edge.report().outstanding, 0)
  }
})

test("an answer that is no HTTP is a 502, and the connection is not used again", async t => {
  const backend = await startRawBackend(t, (socket, _, count) =>
    socket.write(count === 1 ? "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n" : ok),
  )
  const { port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  const answer = await client.get("/")
  assert.equal(answer.status, 502)
  assert.equal(JSON.parse(answer.body.toString()).error.code, "BN2016")
  assert.equal((await client.get("/")).status, 200)
})

test("bytes behind an answer never become the answer to the next request", async t => {
  const backend = await startRawBackend(t, (socket, _, count) =>
    socket.write(count === 1 ? `${ok}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil` : ok),
  )
  const { port } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  assert.equal((await client.get("/")).body.toString(), "ok")
  assert.equal((await client.get("/")).body.toString(), "ok")
})

test("backends that fail every request are asked at most 1.1 times as often", async t => {
  const backends = await Promise.all([1, 2].map(() => startRawBackend(t, socket => socket.destroy())))
  // Time that stands: in a second in which a busy machine has no time for fifty requests the service is a quiet one.
  const clock = { ...systemClock, monotonicMs: () => 1_000 }
  const { port } = await startEdge(t, backends, { retryBudget: 0.1 }, { clock })
  const clients = Array.from({ length: 8 }, () => new RawClient(port, t))
  const requests = 3200
  await Promise.all(
    clients.map(async client => {
      for (let count = 0; count < requests / clients.length; count++) {
        assert.ok([502, 503].includes((await client.get("/")).status))
      }
    }),
  )
  const sent = backends.reduce((sum, backend) => sum + backend.received.length, 0)
  assert.ok(sent <= requests * 1.1, `${sent} sent for ${requests}`)
})

test("a POST goes on to another backend when nobody listened at the first", async t => {
  const alive = await startBackend(t, (request, response) => {
    request.resume().on("end", () => response.end("ok"))
  })
  const dead = await startBackend(t, (_, response) => response.end())
  const { port, log, edge } = await startEdge(t, [alive, dead], { healthIntervalMs: 60_000 })
  await until(() => edge.report().backends.every(backend => backend.healthy))
  dead.kill()
  const client = new RawClient(port, t)
  for (let count = 0; count < 20; count++) {
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
    assert.equal((await client.answer("POST")).status, 200)
  }
  assert.equal(alive.requests, 20)
  assert.equal(log.filter(entry => entry.retries > 1).length, 0)
})

test("a backend that never answers is a 504", async t => {
  const backend = await startRawBackend(t, () => {})
  const { port } = await startEdge(t, [backend], { backendTimeoutMs: 200 })
  const client = new RawClient(port, t)
  const answer = await client.get("/")
  assert.equal(answer.status, 504)
  assert.equal(backend.received.length, 1)
})
