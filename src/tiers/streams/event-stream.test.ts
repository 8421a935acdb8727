import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { EventStreamTail, isEventStream, retryHintMs } from "./event-stream.ts"

/** A client by the letter of WHATWG HTML section 9.2.6. */
function read(stream: string): { events: string[]; retryMs: number | undefined } {
  const events: string[] = []
  let retryMs: number | undefined
  let data: string[] = []
  const lines = stream.split(/\r\n|\n|\r/)
  // What follows the last line end is no line.
  for (const line of lines.slice(0, -1)) {
    if (line === "") {
      if (data.length > 0) events.push(data.join("\n"))
      data = []
    } else if (line.startsWith("data:")) data.push(line.slice(5).trimStart())
    else if (/^retry: ?\d+$/.test(line)) retryMs = Number(line.slice(6))
  }
  return { events, retryMs }
}

test("a stream ended at any byte gives whole events only, and the hint", () => {
  const lineEnd = fc.constantFrom("\n", "\r\n", "\r")
  const event = fc
    .record({
      data: fc.array(fc.stringMatching(/^[a-z ]{0,9}$/), { minLength: 1, maxLength: 3 }),
      end: lineEnd,
      comment: fc.boolean(),
    })
    .map(({ data, end, comment }) => {
      const lines = data.map(line => `data: ${line}`)
      return (comment ? [":beat", "", ...lines, "", ""] : [...lines, "", ""]).join(end)
    })
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 6 }),
      fc.nat(),
      fc.integer({ min: 1, max: 9 }),
      (events, at, size) => {
        const stream = events.join("")
        const cut = stream.slice(0, at % (stream.length + 1))
        const tail = new EventStreamTail()
        for (let from = 0; from < cut.length; from += size)
          tail.push(Buffer.from(cut.slice(from, from + size)))
        const { events: got, retryMs } = read(cut + tail.ending())
        assert.equal(retryMs, retryHintMs)
        assert.deepEqual(got, read(stream).events.slice(0, got.length))
        assert.ok(got.length >= read(cut).events.length)
      },
    ),
    { numRuns: 2000 },
  )
})

test("only plain event streams get the hint", () => {
  const isOne = (fields: Record<string, string>) => isEventStream(name => fields[name])
  const yes = { "content-type": "text/event-stream; charset=utf-8" }
  assert.ok(isOne(yes))
  assert.ok(!isOne({ ...yes, "content-encoding": "gzip" }))
  assert.ok(!isOne({ "content-type": "text/event-streams" }))
  assert.ok(!isOne({}))
})
