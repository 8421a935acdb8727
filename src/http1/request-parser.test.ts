import assert from "node:assert/strict"
import { test } from "node:test"
import { createRequestParser, type Limits, type MessageSink, type RequestHead } from "./index.ts"
import { badRequests, caseLimits, goodRequests } from "./testing/http1-cases.ts"
import { latin1, MessageRecord, record } from "./testing/record-messages.ts"

const requestParser = (sink: MessageSink<RequestHead>) => createRequestParser(sink, caseLimits)

/** The head of the only, or first, request. */
function headOf(bytes: string, limits: Partial<Limits> = {}): RequestHead {
  const [first] = record<RequestHead>(sink => createRequestParser(sink, limits), latin1(bytes))
  assert.equal(first?.[0], "head", `no head but ${JSON.stringify(first)}`)
  return first?.[1] as RequestHead
}

for (const [what, bytes] of goodRequests) {
  test(`a request is read: ${what}`, () => {
    const events = record(requestParser, latin1(bytes))
    assert.equal(events.at(-1)?.[0], "end", JSON.stringify(events))
  })
}

for (const [rule, bytes] of badRequests) {
  test(`a request is refused by ${rule}: ${JSON.stringify(bytes.slice(0, 90))}`, () => {
    assert.deepEqual(record(requestParser, latin1(bytes)).at(-1), ["error", rule])
  })
}

test("the head tells method, target, version, host and fields as they came", () => {
  const head = headOf("GET /a?b HTTP/1.1\r\nHoSt: A:8080\r\nX-Y:  z \r\n\r\n")
  assert.deepEqual(head, {
    method: "GET",
    target: "/a?b",
    minor: 1,
    fields: ["HoSt", "A:8080", "X-Y", "z"],
    lines: "HoSt: A:8080\r\nX-Y:  z \r\n",
    made: { by: undefined, of: undefined, lines: "" },
    body: { kind: "none" },
    keepAlive: true,
    host: "A:8080",
    upgrade: undefined,
    expectContinue: false,
  })
})

test("the connection lives on by version and Connection", () => {
  const keptAlive = (version: string, connection: string) =>
    headOf(`GET / HTTP/${version}\r\nHost: a\r\nConnection: ${connection}\r\n\r\n`).keepAlive
  assert.equal(keptAlive("1.1", "x"), true)
  assert.equal(keptAlive("1.1", "keep-alive, CLOSE"), false)
  assert.equal(keptAlive("1.0", "x"), false)
  assert.equal(keptAlive("1.0", "Keep-Alive"), true)
  assert.equal(keptAlive("1.0", "keep-alive, close"), false)
})

test("an upgrade counts only when it is asked for properly", () => {
  const upgrade = (start: string, ...lines: string[]) =>
    headOf([start, "Host: a", ...lines, "", ""].join("\r\n")).upgrade
  const asked = ["Connection: Upgrade", "Upgrade: WebSocket"]
  assert.equal(upgrade("GET / HTTP/1.1", ...asked), "websocket")
  assert.equal(upgrade("GET / HTTP/1.0", ...asked), undefined)
  assert.equal(upgrade("POST / HTTP/1.1", ...asked), undefined)
  assert.equal(upgrade("GET / HTTP/1.1", ...asked, "Content-Length: 1"), undefined)
  assert.equal(upgrade("GET / HTTP/1.1", ...asked, "Upgrade: h2c"), undefined)
  assert.equal(upgrade("GET / HTTP/1.1", "Upgrade: websocket"), undefined)
  assert.equal(upgrade("GET / HTTP/1.1", "Connection: upgrade", "Upgrade: a, b"), undefined)
})

test("an absolute target gives the host in HTTP/1.0, and 100-continue is for 1.1 only", () => {
  assert.equal(headOf("GET http://b:1/ HTTP/1.0\r\n\r\n").host, "b:1")
  assert.equal(
    headOf("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n").expectContinue,
    true,
  )
  assert.equal(
    headOf("PUT / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n").expectContinue,
    false,
  )
})

test("push stops behind each message and takes no byte of the next", () => {
  const sink = new MessageRecord<RequestHead>()
  const parser = createRequestParser(sink)
  const first = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
  const bytes = latin1(`${first}GET / HTTP/1.1\r\nHost: a\r\n\r\n`)
  assert.equal(parser.push(bytes), first.length)
  assert.equal(parser.idle, true)
  assert.deepEqual(
    sink.events.map(event => event[0]),
    ["head", "body", "end"],
  )
  assert.equal(parser.push(bytes.subarray(first.length, first.length + 3)), 3)
  assert.equal(parser.idle, false)
})

test("an empty line before a request leaves the parser idle, and the peer may leave then", () => {
  const parser = createRequestParser(new MessageRecord<RequestHead>())
  assert.equal(parser.push(latin1("\r\n")), 2)
  assert.equal(parser.idle, true)
  parser.eof()
})

test("body chunks are views into the pushed bytes, not copies", () => {
  const bytes = latin1("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
  const chunks: Uint8Array[] = []
  const parser = createRequestParser({
    head() {},
    body: chunk => chunks.push(chunk),
    trailers() {},
    end() {},
  })
  parser.push(bytes)
  assert.equal(chunks[0]?.buffer, bytes.buffer)
})

test("a parser that has refused stays dead with the same error", () => {
  const parser = createRequestParser(new MessageRecord<RequestHead>())
  const refusal = { rule: "bare-lf", status: 400, code: "BN1101", section: "RFC 9112 2.2" }
  assert.throws(() => parser.push(latin1("GET / HTTP/1.1\n")), refusal)
  assert.throws(() => parser.push(latin1("GET / HTTP/1.1\r\nHost: a\r\n\r\n")), refusal)
  assert.throws(() => parser.eof(), refusal)
})

test("each size has its own status", () => {
  const statusOf = (bytes: string) => {
    try {
      createRequestParser(new MessageRecord<RequestHead>(), caseLimits).push(latin1(bytes))
    } catch (error) {
      return (error as { status: number }).status
    }
    return 0
  }
  const byRule = new Map(badRequests.map(([rule, bytes]) => [rule, statusOf(bytes)]))
  assert.equal(byRule.get("line-too-long"), 414)
  assert.equal(byRule.get("fields-too-large"), 431)
  assert.equal(byRule.get("fields-too-many"), 431)
  assert.equal(byRule.get("body-too-large"), 413)
  assert.equal(byRule.get("coding-unknown"), 501)
  assert.equal(byRule.get("version"), 505)
  assert.equal(byRule.get("expectation"), 417)
})
