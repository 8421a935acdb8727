import assert from "node:assert/strict"
import { test } from "node:test"
import { createResponseParser, type MessageSink, type ResponseHead } from "./index.ts"
import { badResponses, caseLimits, goodResponses } from "./testing/http1-cases.ts"
import { latin1, MessageRecord, record } from "./testing/record-messages.ts"

const responseParserTo = (method: string) => (sink: MessageSink<ResponseHead>) => {
  const parser = createResponseParser(sink, caseLimits)
  parser.expect(method)
  return parser
}

for (const [what, method, bytes] of goodResponses) {
  test(`a response is read: ${what}`, () => {
    const events = record(responseParserTo(method), latin1(bytes))
    assert.notEqual(events.at(-1)?.[0], "error", JSON.stringify(events))
  })
}

for (const [rule, method, bytes] of badResponses) {
  test(`a response to ${method} is refused by ${rule}: ${JSON.stringify(bytes.slice(0, 70))}`, () => {
    assert.deepEqual(record(responseParserTo(method), latin1(bytes)).at(-1), ["error", rule])
  })
}

test("HEAD, 204 and 304 have no body, whatever their fields say", () => {
  for (const what of ["to HEAD", "204", "304"]) {
    const [, method, bytes] = goodResponses.find(([name]) => name === what)!
    const events = record(responseParserTo(method), latin1(bytes))
    assert.deepEqual(
      events.map(event => event[0]),
      ["head", "end"],
      what,
    )
  }
})

test("an interim response is a message of its own and the final one is still expected", () => {
  const [, method, bytes] = goodResponses.find(([what]) => what === "interim first")!
  const events = record(responseParserTo(method), latin1(bytes))
  assert.deepEqual(
    events.map(event => (event[0] === "head" ? (event[1] as ResponseHead).status : event[0])),
    [100, "end", 103, "end", 200, "body", "end"],
  )
})

test("behind the head of a switch nothing is taken and eof is nothing", () => {
  const sink = new MessageRecord<ResponseHead>()
  const parser = createResponseParser(sink)
  parser.expect("GET")
  const head = "HTTP/1.1 101 Switching Protocols\r\n\r\n"
  assert.equal(parser.push(latin1(`${head}\x81\0`)), head.length)
  assert.equal(parser.push(latin1("more")), 0)
  parser.eof()
  assert.deepEqual(
    sink.events.map(event => event[0]),
    ["head"],
  )
})

test("a body until close ends with the connection and never keeps it", () => {
  const events = record(
    responseParserTo("GET"),
    latin1("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\nabc"),
  )
  assert.equal((events[0]![1] as ResponseHead).keepAlive, false)
  assert.deepEqual(events.slice(1), [["body", "abc"], ["end"]])
})

test("bytes that no request asked for are refused before they can pass for the next answer", () => {
  const parser = createResponseParser(new MessageRecord<ResponseHead>())
  parser.expect("GET")
  parser.push(latin1("HTTP/1.1 204 No Content\r\n\r\n"))
  assert.throws(() => parser.push(latin1("HTTP/1.1 2")), { rule: "response-unasked" })
  parser.expect("GET")
  assert.throws(() => parser.push(latin1("HTTP/1.1 204 No Content\r\n\r\n")), { rule: "response-unasked" })
})
