import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import {
  chunkEnd,
  createRequestParser,
  createResponseParser,
  encodeChunkHead,
  encodeRequestHead,
  encodeResponseHead,
  lastChunk,
  type MessageSink,
  type RequestHead,
  type ResponseHead,
} from "./index.ts"
import { badRequests, badResponses, caseLimits, goodRequests, goodResponses } from "./testing/http1-cases.ts"
import { latin1, record } from "./testing/record-messages.ts"

const requestParser = (sink: MessageSink<RequestHead>) => createRequestParser(sink, caseLimits)
const responseParserTo = (method: string) => (sink: MessageSink<ResponseHead>) => {
  const parser = createResponseParser(sink, caseLimits)
  parser.expect(method)
  return parser
}

const everyCase = [
  ...[...goodRequests, ...badRequests].map(([, bytes]) => ({ bytes, record: recordRequest })),
  ...[...goodResponses, ...badResponses].map(([, method, bytes]) => ({
    bytes,
    record: recordResponse(method),
  })),
]

function recordRequest(bytes: Uint8Array, cuts: readonly number[]) {
  return record(requestParser, bytes, cuts)
}

function recordResponse(method: string) {
  return (bytes: Uint8Array, cuts: readonly number[]) => record(responseParserTo(method), bytes, cuts)
}

test("every case reads the same at every single cut and byte by byte", () => {
  for (const { bytes, record } of everyCase) {
    const whole = record(latin1(bytes), [])
    const places = Array.from({ length: Math.min(bytes.length, 600) }, (_, at) => at)
    for (const cut of places)
      assert.deepEqual(record(latin1(bytes), [cut]), whole, JSON.stringify([bytes, cut]))
    assert.deepEqual(record(latin1(bytes), places), whole, JSON.stringify(bytes))
  }
})

const cuts = fc.array(fc.nat({ max: 4000 }), { maxLength: 12 })
const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/).map(name => `x-${name}`)
const value = fc.stringMatching(/^[!-~\x80-\xff]([\t -~\x80-\xff]{0,20}[!-~\x80-\xff])?$/)
const fields = fc.array(fc.tuple(token, value), { maxLength: 6 }).map(pairs => pairs.flat())
const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 5 })

/** A body as bytes with the fields that frame it. */
function framed(pieces: readonly Uint8Array[], isChunked: boolean, trailers: readonly string[]) {
  if (!isChunked) {
    const body = Buffer.concat(pieces)
    return { fields: ["Content-Length", String(body.length)], bytes: body }
  }
  const bytes = pieces.flatMap(piece => [encodeChunkHead(piece.length), piece, chunkEnd])
  return { fields: ["Transfer-Encoding", "chunked"], bytes: Buffer.concat([...bytes, lastChunk(trailers)]) }
}

test("what was encoded is read back, split anywhere (requests, pipelined)", () => {
  const message = fc.record({ fields, chunks, isChunked: fc.boolean(), trailers: fields })
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 3 }), cuts, (messages, cuts) => {
      const parts: Uint8Array[] = []
      const expected: unknown[] = []
      for (const { fields, chunks, isChunked, trailers } of messages) {
        const body = framed(chunks, isChunked, trailers)
        const all = ["Host", "a:1", ...fields, ...body.fields]
        parts.push(encodeRequestHead({ method: "POST", target: "/x?y", fields: all }), body.bytes)
        expected.push(all, Buffer.concat(chunks).toString("latin1"), isChunked ? trailers : [])
      }
      const bytes = Buffer.concat(parts)
      const events = record<RequestHead>(sink => createRequestParser(sink), bytes, cuts)
      const seen: unknown[] = []
      for (const event of events) {
        if (event[0] === "head") seen.push((event[1] as RequestHead).fields, "", [])
        else if (event[0] === "body") seen[seen.length - 2] = event[1]
        else if (event[0] === "trailers") seen[seen.length - 1] = event[1]
        else assert.equal(event[0], "end")
      }
      assert.deepEqual(seen, expected)
    }),
  )
})

test("what was encoded is read back, split anywhere (responses)", () => {
  fc.assert(
    fc.property(fields, chunks, fc.boolean(), fields, cuts, (fields, chunks, isChunked, trailers, cuts) => {
      const body = framed(chunks, isChunked, trailers)
      const head = encodeResponseHead({ status: 200, fields: [...fields, ...body.fields] })
      const bytes = Buffer.concat([head, body.bytes])
      const parse = (sink: MessageSink<ResponseHead>) => {
        const parser = createResponseParser(sink)
        parser.expect("GET")
        return parser
      }
      const events = record(parse, bytes, cuts)
      assert.deepEqual(events, record(parse, bytes))
      assert.deepEqual((events[0]![1] as ResponseHead).fields, [...fields, ...body.fields])
      assert.equal(events.at(-1)?.[0], "end")
    }),
  )
})

test("bytes like HTTP but damaged are read or refused alike, split anywhere, and throw nothing else", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ..."GET |POST |/|/../|*|HTTP/1.1|HTTP/1.0 200 OK|\r\n|\r|\n|\r\n\r\n|Host: a|: |:|,|;|0|5|a|\0| |\t".split(
        "|",
      ),
    ),
    fc.constantFrom(
      "Content-Length: 3",
      "Transfer-Encoding: chunked",
      "Connection: close",
      "GET / HTTP/1.1\r\nHost: a",
    ),
    fc.string({ unit: "binary", maxLength: 4 }),
  )
  const seed = fc.constantFrom(...everyCase.map(({ bytes }) => bytes))
  const damaged = fc
    .tuple(seed, fc.nat({ max: 400 }), fc.nat({ max: 3 }), fc.array(piece, { maxLength: 6 }))
    .map(([bytes, at, drop, pieces]) => bytes.slice(0, at) + pieces.join("") + bytes.slice(at + drop))
  fc.assert(
    fc.property(damaged, cuts, (text, cuts) => {
      const bytes = latin1(text)
      assert.deepEqual(recordRequest(bytes, cuts), recordRequest(bytes, []))
      assert.deepEqual(recordResponse("GET")(bytes, cuts), recordResponse("GET")(bytes, []))
    }),
    { numRuns: 2000 },
  )
})

test("random bytes throw nothing but HttpParseError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), cuts, (bytes, cuts) => {
      recordRequest(bytes, cuts)
      recordResponse("GET")(bytes, cuts)
    }),
    { numRuns: 1000 },
  )
})
