import assert from "node:assert/strict"
import { networkInterfaces } from "node:os"
import { test } from "node:test"
import { ManualClock } from "../../../kit/clock.ts"
import { UploadPace } from "../exchange/upload-pace.ts"
import { startBackend, startEdge, startRawBackend, until } from "../testing/edge-fixture.ts"
import { RawClient } from "../testing/raw-client.ts"
import { AddressCounts, isLoopback, networkOf } from "./address-counts.ts"

const rules = { bodyIdleTimeoutMs: 30_000, minUploadBytesPerSecond: 100, uploadTimeoutMs: 180_000 }

/** Bytes that have come by then, after the seconds given. */
function verdicts(
  pace: UploadPace,
  ...steps: readonly (readonly [seconds: number, bytes: number])[]
): string[] {
  return steps.map(([seconds, bytes]) => {
    pace.seen(seconds * 1_000, bytes)
    return pace.verdict(seconds * 1_000, bytes)
  })
}

test("an upload is judged by the window: a burst does not pay for the next one, a pause of ours is no fault", () => {
  const pace = new UploadPace(rules, 0, 0)
  assert.equal(pace.dueMs, 30_000)
  assert.deepEqual(verdicts(pace, [59.9, 1], [60, 1_000_000], [119.9, 1_000_001]), Array(3).fill("in-time"))
  pace.forgive(119_900, 1_000_001)
  assert.deepEqual(verdicts(pace, [120, 1_000_002], [150, 1_000_003]), ["in-time", "in-time"])
  assert.equal(pace.dueMs, 179_900)
  assert.deepEqual(verdicts(pace, [179.9, 1_006_000]), ["too-slow"])
})

test("a slow but honest upload survives, also one whose network is away for as long as silence may last", () => {
  const slow = new UploadPace(rules, 0, 0)
  const seconds = Array.from({ length: 179 }, (_, at) => at + 1)
  assert.deepEqual(
    new Set(verdicts(slow, ...seconds.map(at => [at, at * 101] as const))),
    new Set(["in-time"]),
  )
  // Two hundred bytes a second, and away from second 50 to 79: the whole of what a window of 20 s would see.
  const away = new UploadPace(rules, 0, 0)
  const bytesAt = (at: number) => 200 * (at - Math.min(29, Math.max(0, at - 50)))
  assert.deepEqual(
    new Set(verdicts(away, ...seconds.map(at => [at, bytesAt(at)] as const))),
    new Set(["in-time"]),
  )
  // A byte now and then, just within the silence allowed.
  const drip = new UploadPace(rules, 0, 0)
  assert.deepEqual(verdicts(drip, [29, 1], [58, 2], [60, 3]), ["in-time", "in-time", "too-slow"])
})

test("an upload that is fast enough ends by its whole time all the same", () => {
  const pace = new UploadPace(rules, 1_000, 0)
  assert.deepEqual(verdicts(pace, [61, 61_000], [121, 121_000]), ["in-time", "in-time"])
  assert.equal(pace.dueMs, 151_000)
  assert.deepEqual(verdicts(pace, [181, 1_000_000_000]), ["too-long"])
})

test("a rate of 0 lets the slowest pass", () => {
  const pace = new UploadPace({ ...rules, minUploadBytesPerSecond: 0 }, 0, 0)
  assert.deepEqual(verdicts(pace, [60, 1]), ["in-time"])
})

test("silence is judged by itself: bytes end it, and so does a pause of ours", () => {
  const pace = new UploadPace({ ...rules, minUploadBytesPerSecond: 0, bodyIdleTimeoutMs: 5_000 }, 0, 0)
  assert.equal(pace.dueMs, 5_000)
  pace.seen(4_000, 1)
  assert.deepEqual([pace.dueMs, pace.verdict(8_999, 1)], [9_000, "in-time"])
  pace.forgive(8_999, 1)
  pace.seen(10_000, 1)
  assert.deepEqual([pace.dueMs, pace.verdict(13_999, 1)], [13_999, "silent"])
})

test("a client that says nothing in the middle of a body is told 408, also where any rate is enough", async t => {
  const clock = new ManualClock(1_000)
  const backend = await startRawBackend(t, () => {})
  const { port, edge } = await startEdge(t, [backend], { minUploadBytesPerSecond: 0 }, { clock })
  const client = new RawClient(port, t)
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\nx")
  await until(() => edge.report().outstanding === 1)
  clock.advance(60_000)
  assert.deepEqual(edge.report().refusals, { BN2019: 1 })
})

for (const [name, framing] of [
  ["short body, for which no backend is kept", "Content-Length: 50000"],
  ["long one", "Content-Length: 5000000"],
  ["chunked one", "Transfer-Encoding: chunked"],
] as const) {
  test(`a trickled body is given up with 408: ${name}`, async t => {
    const clock = new ManualClock(1_000)
    const backend = await startRawBackend(t, () => {})
    const { port, edge } = await startEdge(t, [backend], { bodyIdleTimeoutMs: 3_000 }, { clock })
    const client = new RawClient(port, t)
    const drip = framing.startsWith("Transfer") ? "1\r\nx\r\n" : "x"
    client.send(`POST / HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n${drip}`)
    await until(() => edge.report().outstanding === 1)
    for (let seconds = 0; seconds < 30 && client.received.length === 0; seconds++) {
      client.send(drip)
      await new Promise(resolve => setTimeout(resolve, 5))
      clock.advance(1_000)
    }
    const { error } = JSON.parse((await client.answer("POST")).body.toString())
    assert.equal(error.code, "BN2020")
    assert.deepEqual(edge.report().refusals, { BN2020: 1 })
  })
}

test("a phone that sends 300 bytes a second, and is away for 20 s, has its body taken whole", async t => {
  const clock = new ManualClock(1_000)
  const backend = await startBackend(t, (request, response) => {
    let bytes = 0
    request.on("data", piece => (bytes += piece.length)).on("end", () => response.end(`${bytes}`))
  })
  const { port, edge } = await startEdge(t, [backend], { healthTimeoutMs: 3_600_000 }, { clock })
  const client = new RawClient(port, t)
  const seconds = 120
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${300 * seconds}\r\n\r\n`)
  await until(() => edge.report().outstanding === 1)
  for (let second = 0; second < seconds; second++) {
    if (second === 50) clock.advance(20_000)
    client.send(Buffer.alloc(300))
    await new Promise(resolve => setTimeout(resolve, 2))
    clock.advance(1_000)
  }
  const answer = await client.answer("POST")
  assert.deepEqual([answer.status, answer.body.toString()], [200, `${300 * seconds}`])
})

test("a short body reaches no backend before it is whole; chunks and what waits for 100 go at once", async t => {
  const backend = await startBackend(t, (request, response) => {
    request.resume().on("end", () => response.end("ok"))
  })
  const { port, edge } = await startEdge(t, [backend])
  const client = new RawClient(port, t)
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab")
  await until(() => edge.report().outstanding === 1)
  assert.equal(edge.report().backends[0]!.outstanding, 0)
  client.send("cd")
  assert.equal((await client.answer("POST")).status, 200)
  for (const fields of ["Transfer-Encoding: chunked", "Content-Length: 4\r\nExpect: 100-continue"]) {
    const early = new RawClient(port, t).send(`POST / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n`)
    await until(() => edge.report().backends[0]!.outstanding === 1, fields)
    early.socket.destroy()
    await until(() => edge.report().backends[0]!.outstanding === 0, fields)
  }
})

test("a body that takes longer than it may is given up with 408, however fast it comes", async t => {
  const backend = await startRawBackend(t, () => {})
  const { port } = await startEdge(t, [backend], { uploadTimeoutMs: 300 })
  const client = new RawClient(port, t)
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000000\r\n\r\n")
  const pour = setInterval(() => client.socket.writable && client.send(Buffer.alloc(1000)), 10)
  t.after(() => clearInterval(pour))
  const { error } = JSON.parse((await client.answer("POST")).body.toString())
  assert.equal(error.code, "BN2021")
})

test("one address too often is told 429; others, and those who went, make room", async t => {
  const address = Object.values(networkInterfaces())
    .flatMap(entries => entries ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address
  if (address === undefined) return t.skip("this machine has no address but loopback's")
  const backend = await startBackend(t, (_, response) => response.end("ok"))
  const limits = { maxConnectionsPerAddress: 2 }
  const { port, edge } = await startEdge(t, [backend], limits, { host: address })
  const inside = [new RawClient(port, t, address), new RawClient(port, t, address)]
  for (const client of inside) assert.equal((await client.get("/")).status, 200)
  const late = new RawClient(port, t, address)
  const answer = await late.answer()
  assert.deepEqual(
    [answer.status, answer.header("connection"), answer.header("retry-after")],
    [429, "close", "1"],
  )
  assert.deepEqual(edge.report().refusals, { BN2022: 1 })
  inside[0]!.socket.destroy()
  late.socket.destroy()
  await until(() => edge.report().connections === 1)
  assert.equal((await new RawClient(port, t, address).get("/")).status, 200)
})

test("connections from this machine are not counted against their address", async t => {
  const backend = await startBackend(t, (_, response) => response.end("ok"))
  const { port } = await startEdge(t, [backend], { maxConnectionsPerAddress: 1 })
  for (const client of [new RawClient(port, t), new RawClient(port, t)])
    assert.equal((await client.get("/")).status, 200)
  assert.deepEqual(["127.0.0.1", "127.8.0.1", "::1", "::2", "10.0.0.1"].map(isLoopback), [
    true,
    true,
    true,
    false,
    false,
  ])
})

test("addresses are forgotten when their last connection has gone", () => {
  const counts = new AddressCounts()
  assert.deepEqual([counts.add("a"), counts.add("b"), counts.add("a")], [1, 1, 2])
  counts.remove("a")
  counts.remove("a")
  assert.equal(counts.add("a"), 1)
})

test("who finds every backend full waits for a moment, then is told 503 with Retry-After; room goes to the next", async t => {
  const held: Array<() => void> = []
  const backend = await startBackend(t, (_, response) => held.push(() => response.end("ok")))
  const limits = { maxConnectionsPerBackend: 1, queueTimeoutMs: 400 }
  const { port, edge } = await startEdge(t, [backend], limits)
  const first = new RawClient(port, t).get("/")
  await until(() => held.length === 1)
  const late = await new RawClient(port, t).get("/")
  const { error } = JSON.parse(late.body.toString())
  assert.deepEqual([late.status, error.code, late.header("retry-after")], [503, "BN2023", "1"])
  assert.deepEqual(edge.report().refusals, { BN2023: 1 })
  const next = new RawClient(port, t).get("/")
  await until(() => edge.report().outstanding === 2)
  held[0]!()
  assert.equal((await first).status, 200)
  await until(() => held.length === 2)
  held[1]!()
  assert.equal((await next).status, 200)
})

test("a client that reads slowly takes no room from others", async t => {
  const backend = await startBackend(t, (request, response) =>
    response.end(request.url === "/large" ? Buffer.alloc(50 * 1024 * 1024) : "ok"),
  )
  const { port } = await startEdge(t, [backend], { maxConnectionsPerBackend: 1, queueTimeoutMs: 5_000 })
  const slow = new RawClient(port, t)
  slow.socket.pause()
  slow.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
  await until(() => backend.requests === 1)
  assert.equal((await new RawClient(port, t).get("/")).status, 200)
})

test("of an IPv6 address the network counts: its owner has as many addresses as they like", () => {
  const networks: readonly (readonly [address: string, network: string])[] = [
    ["10.0.0.1", "10.0.0.1"],
    ["::ffff:10.0.0.1", "::ffff:10.0.0.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::6", "2001:db8:1:2::/64"],
    ["2001:db8::6", "2001:db8:0:0::/64"],
    ["2001:db8::3:4:5:6:7", "2001:db8:0:3::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::2", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
  ]
  for (const [address, network] of networks) assert.equal(networkOf(address), network, address)
  const counts = new AddressCounts()
  for (const [nth, last] of ["a", "b", "c"].entries()) assert.equal(counts.add(`2001:db8::${last}`), nth + 1)
  counts.remove("2001:db8::c")
  assert.deepEqual([counts.add("2001:db8::d"), counts.add("2001:db9::d"), counts.total], [3, 1, 4])
})
