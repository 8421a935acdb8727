import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { context, trace } from "@opentelemetry/api"
import { systemClock } from "../../kit/node/system-clock.ts"
import { errorWords } from "./error-words.ts"
import { activeSpan } from "./recorded-span.ts"
import { RequestTracing } from "./request-tracing.ts"

const tracer = trace.getTracer("app")
const tracing = new RequestTracing(systemClock, Math.random)
const begin = () => tracing.begin({ method: "GET", traceParent: undefined })

test("requests at the same time keep their spans apart, across what they await", async () => {
  const works = [1, 2, 3].map(async number => {
    const record = begin()
    await record.run(async () => {
      await tracer.startActiveSpan(`outer ${number}`, {}, async outer => {
        await sleep(number)
        tracer.startSpan(`inner ${number}`).end()
        outer.recordException(new TypeError("opensesame"))
        outer.end()
      })
    })
    return record.end(200)
  })
  for (const [at, spans] of (await Promise.all(works)).entries()) {
    const [outer, inner] = spans
    assert.deepEqual([outer?.name, inner?.name], [`outer ${at + 1}`, `inner ${at + 1}`])
    assert.equal(inner?.parent, outer)
    assert.equal(outer?.failure, "TypeError")
  }
})

test("outside of a request, and behind its end, spans are nobody's", () => {
  const outside = tracer.startSpan("outside")
  assert.equal(outside.isRecording(), false)
  assert.equal(activeSpan(), undefined)
  const record = begin()
  const later = record.run(() => {
    const bound = context.bind(context.active(), () => tracer.startSpan("later"))
    return bound
  })
  record.end(200)
  assert.equal(later().isRecording(), false)
  assert.deepEqual(record.spans, [])
})

test("a request that makes a thousand spans keeps the first ones and counts the others", () => {
  const record = begin()
  record.run(() => {
    for (let at = 0; at < 1_000; at++) tracer.startSpan(`${at}`.repeat(500)).end()
  })
  const spans = record.end(200)
  assert.equal(spans.length + record.omitted, 1_000)
  assert.ok(spans.length <= 64 && spans.every(({ name }) => name.length <= 200))
})

test("identities are as the standard wants them, and go on from a parent that is well formed", () => {
  const own = begin().root.spanContext()
  assert.match(own.traceId, /^(?!0+$)[0-9a-f]{32}$/)
  assert.match(own.spanId, /^(?!0+$)[0-9a-f]{16}$/)
  assert.equal(own.traceFlags, 0)
  const traceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
  const given = tracing.begin({ method: "GET", traceParent }).root.spanContext()
  assert.deepEqual([given.traceId, given.traceFlags], ["0af7651916cd43dd8448eb211c80319c", 1])
  assert.notEqual(given.spanId, "b7ad6b7169203331")
})

test("errors in words: codes and classes, never messages", () => {
  const coded = (code: unknown, name = "error") => Object.assign(new Error("opensesame"), { code, name })
  assert.equal(errorWords(coded("23505")), "SQLSTATE 23505")
  assert.equal(errorWords(coded("BN2203")), "BN2203")
  assert.equal(errorWords(coded("ECONNRESET", "Error")), "Error ECONNRESET")
  assert.equal(errorWords(coded("open sesame", "Mine")), "Mine")
  assert.equal(errorWords("opensesame"), "failed")
})
