import assert from "node:assert/strict"
import { test } from "node:test"
import { createRequestParser, fieldValue, type RequestHead } from "../../../http1/index.ts"
import { ManualClock } from "../../../kit/clock.ts"
import { seededRandom } from "../../../kit/random.ts"
import { HexDigits } from "../../../telemetry/hex-digits.ts"
import { KeyedRoutes } from "../backend/keyed-routes.ts"
import { WaitingLine } from "../backend/waiting-line.ts"
import { ClientOrigin } from "../client/client-origin.ts"
import { Latency } from "../latency.ts"
import { Sweeper } from "../sweeper.ts"
import { isRepeatable } from "./repeatable.ts"
import { requestLines, requestTrailers } from "./request-fields.ts"
import { isReservedPath } from "./reserved-path.ts"
import { RetryBudget } from "./retry-budget.ts"
import { type Attempt, retryDecision } from "./retry-rules.ts"
import { traceOf } from "./trace.ts"

function headOf(text: string): RequestHead {
  let found: RequestHead | undefined
  const sink = { head: (head: RequestHead) => void (found = head), body() {}, trailers() {}, end() {} }
  createRequestParser(sink).push(Buffer.from(text, "latin1"))
  return found!
}

const fieldsSent = (...of: Parameters<typeof requestLines>) =>
  headOf(`GET / HTTP/1.1\r\n${requestLines(...of)}\r\n`).fields

const origin = {
  client: new ClientOrigin({ address: "2001:db8::1", scheme: "http", tls: undefined }, false),
  requestId: "r-1",
  trace: traceOf([], new HexDigits(seededRandom(1))),
  ownAuthority: () => "127.0.0.1:8080",
}

test("what is sent again and what is not", () => {
  const base: Attempt = {
    failure: "closed",
    repeatable: true,
    answerBegun: false,
    replayable: true,
    replays: 0,
  }
  const decide = (change: Partial<Attempt>) => retryDecision({ ...base, ...change })
  assert.equal(decide({}), "replay")
  assert.equal(decide({ replays: 1 }), "replay")
  assert.equal(decide({ replays: 2 }), "give-up")
  assert.equal(decide({ answerBegun: true }), "give-up")
  assert.equal(decide({ replayable: false }), "give-up")
  assert.equal(decide({ failure: "malformed" }), "give-up")
  assert.equal(decide({ failure: "silent" }), "replay")
  assert.equal(decide({ failure: "silent", replays: 1 }), "give-up")
  assert.equal(decide({ failure: "silent", repeatable: false }), "give-up")
  assert.equal(decide({ repeatable: false }), "give-up")
  assert.equal(decide({ failure: "connect-failed", repeatable: false, replays: 9 }), "seek")
})

test("repeatable by its method, or by one key on a route that honours it; spelt otherwise it is another route", () => {
  const at = { keyedRoutes: new KeyedRoutes(["POST /cafes/*/posts", "PATCH /posts/*", "POST /a.b"]) }
  const key = "Idempotency-Key: k\r\n"
  const decide = (line: string, fields = key) =>
    isRepeatable(headOf(`${line} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`), at)
  for (const method of ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"])
    assert.ok(decide(`${method} /`, ""))
  for (const line of [
    "POST /cafes/7/posts",
    "POST /cafes/7/posts?x=1/2",
    "POST /cafes/.../posts",
    "PATCH /posts/a.b",
    "POST http://a/cafes/7/posts",
    "POST /a.b",
  ]) {
    assert.equal(decide(line), true, line)
    const dropped = `${key}Connection: Idempotency-Key\r\n`
    for (const fields of ["", key + key, "Idempotency-Key:\r\n", "Idempotency_Key: k\r\n", dropped])
      assert.equal(decide(line, fields), false, `${line} ${fields}`)
  }
  for (const line of [
    "POST /posts/7",
    "PATCH /cafes/7/posts",
    "POST /cafes/7/8/posts",
    "POST /cafes//posts",
    "POST /cafes/../posts",
    "POST /cafes/./posts",
    "POST /cafes/%2e%2e/posts",
    "POST /cafes/7%2f8/posts",
    "POST /cafes/7\\8/posts",
    "POST /cafes/7/posts/",
    "POST /x/cafes/7/posts",
    "POST /CAFES/7/posts",
    "POST /axb",
    "get /",
    "MKCOL /posts/7",
  ]) {
    assert.equal(decide(line), false, line)
  }
})

test("the retry budget: an advance that is paid back, a share of requests, a floor in time, a bounded burst", () => {
  const budget = new RetryBudget(0.1, 0)
  const spendAll = (nowMs: number) => {
    let spent = 0
    while (budget.spend(nowMs)) spent++
    return spent
  }
  const deposit = (requests: number) => {
    for (let count = 0; count < requests; count++) budget.deposit()
  }
  assert.equal(spendAll(0), 200)
  deposit(2_000)
  assert.ok(spendAll(0) <= 1)
  deposit(1_000)
  assert.ok(Math.abs(spendAll(0) - 100) <= 1)
  assert.equal(spendAll(1_000), 0, "requests brought more than the floor")
  assert.equal(spendAll(3_000), 10)
  assert.equal(spendAll(1_000_000), 200)
  deposit(100_000)
  assert.equal(spendAll(1_000_000), 200)
})

test("retries, tried after every request for a minute, stay within a tenth of the requests", () => {
  const budget = new RetryBudget(0.1, 0)
  let retries = 0
  for (let request = 1; request <= 60_000; request++) {
    budget.deposit()
    while (budget.spend(request)) retries++
    assert.ok(retries <= Math.max(200, request * 0.1) + 1, `${retries} at ${request}`)
  }
})

test("paths of the inside are recognised however they are written", () => {
  for (const path of [
    "/.banyan/health",
    "/.banyan",
    "/.banyan?x",
    "/%2ebanyan/x",
    "/.%62anyan/x",
    "/a/../.banyan/x",
    "/a/%2e%2e/.banyan",
    "//.banyan/x",
    "/.BANYAN/x",
    "/a\\.banyan\\x",
    "/a%2f.banyan%2fx",
    "http://a/.banyan/x",
  ]) {
    assert.equal(isReservedPath(path), true, path)
  }
  for (const path of ["/", "/banyan", "/.banyanx", "/x.banyan", "/?/.banyan/", "/a?b=.banyan", "*", "/.b"]) {
    assert.equal(isReservedPath(path), false, path)
  }
})

test("an IPv6 client is quoted in Forwarded; HTTP/1.0 without Host gets one; chunks stay chunks", () => {
  const old = fieldsSent(headOf("GET / HTTP/1.0\r\n\r\n"), origin)
  assert.equal(fieldValue(old, "host"), "127.0.0.1:8080")
  assert.equal(fieldValue(old, "forwarded"), 'for="[2001:db8::1]";host="127.0.0.1:8080";proto=http')
  const chunked = fieldsSent(
    headOf("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
    origin,
  )
  assert.equal(fieldValue(chunked, "transfer-encoding"), "chunked")
  const absolute = fieldsSent(headOf("GET http://b:81/x HTTP/1.1\r\nHost: b:81\r\n\r\n"), origin)
  assert.deepEqual(absolute.slice(0, 2), ["Host", "b:81"])
})

test("a trailer cannot say what a field could not", () => {
  const forged = ["X-Forwarded-For", "10.0.0.1", "x_real_ip", "10.0.0.1", "X-Banyan-User", "1", "TE", "x"]
  assert.deepEqual(requestTrailers([...forged, "X-Sum", "forwarded"]), ["X-Sum", "forwarded"])
})

test("a trace goes on when it is well formed, and starts anew when it is not", () => {
  const digits = new HexDigits(seededRandom(7))
  const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03"
  const going = traceOf([good], digits)
  assert.equal(going.traceId, "0af7651916cd43dd8448eb211c80319c")
  assert.match(going.traceparent, /^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/)
  for (const bad of [
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
    `${good}-more`,
    "",
  ]) {
    assert.equal(traceOf([bad], digits).continued, false, bad)
  }
  assert.equal(traceOf([good, good], digits).continued, false)
})

test("latency is that of the last five to ten seconds", () => {
  const latency = new Latency(0)
  for (let count = 1; count <= 100; count++) latency.record(count, 1_000)
  const { p50, p99 } = latency.quantiles(1_000)
  assert.ok(Math.abs(p50 - 50) < 3 && Math.abs(p99 - 99) < 4, `${p50} ${p99}`)
  assert.ok(latency.quantiles(6_000).p50 > 0)
  assert.equal(latency.quantiles(12_000).p50, 0)
  latency.record(0, 13_000)
  assert.equal(latency.quantiles(13_000).p50, 0)
})

test("the sweeper calls until it is stopped", () => {
  const clock = new ManualClock()
  const swept: number[] = []
  const sweeper = new Sweeper(clock, nowMs => swept.push(nowMs))
  clock.advance(350)
  sweeper.stop()
  clock.advance(1_000)
  assert.deepEqual(swept, [100, 200, 300])
})

test("a line keeps its order and its limit", () => {
  const line = new WaitingLine<string>(2)
  assert.deepEqual([line.join("a"), line.join("b"), line.join("c")], [true, true, false])
  assert.deepEqual([...line], ["a", "b"])
  const met: string[] = []
  for (const one of line) {
    met.push(one)
    line.leave(one === "a" ? "b" : "a")
  }
  assert.deepEqual(met, ["a"], "who left meanwhile is passed over")
})
