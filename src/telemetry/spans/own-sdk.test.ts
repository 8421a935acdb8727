/** An app that brought an SDK before Banyan looked: the places in OpenTelemetry's API are one for each process. */
import assert from "node:assert/strict"
import { AsyncLocalStorage } from "node:async_hooks"
import { test } from "node:test"
import {
  type Context,
  context,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  type Tracer,
  trace,
} from "@opentelemetry/api"
import { systemClock } from "../../kit/node/system-clock.ts"
import { activeSpan } from "./recorded-span.ts"
import { RequestTracing } from "./request-tracing.ts"

type Told = {
  name: string
  traceId: string
  parentId: string | undefined
  attributes: unknown
  ended: boolean
}

/** The least that the API's contract asks of an SDK. */
function ownSdk() {
  const told: Told[] = []
  const startSpan = (name: string, options: SpanOptions = {}, within: Context = context.active()): Span => {
    const parent = options.root ? undefined : trace.getSpanContext(within)
    const spanId = `${told.length + 1}`.padStart(16, "0")
    const traceId = parent?.traceId ?? `${told.length + 1}`.padStart(32, "f")
    const seen: Told = {
      name,
      traceId,
      parentId: parent?.spanId,
      attributes: options.attributes,
      ended: false,
    }
    told.push(seen)
    const words: SpanContext = { traceId, spanId, traceFlags: 1 }
    const span = trace.wrapSpanContext(words)
    return Object.assign(span, { end: () => void (seen.ended = true) })
  }
  const tracer = { startSpan, startActiveSpan: () => assert.fail("not asked for") } as unknown as Tracer
  return { told, provider: { getTracer: () => tracer } }
}

test("an app's own SDK keeps its places and gets our spans; what is kept here is the same", () => {
  const { told, provider } = ownSdk()
  const storage = new AsyncLocalStorage<Context>()
  context.setGlobalContextManager({
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (within, work, thisArg, ...args) => storage.run(within, () => work.apply(thisArg as never, args)),
    bind: (_within, target) => target,
    enable: () => assert.fail(),
    disable: () => assert.fail(),
  })
  trace.setGlobalTracerProvider(provider)
  const tracing = new RequestTracing(systemClock, Math.random)
  new RequestTracing(systemClock, Math.random)

  const serve = (traceParent: string) => {
    const record = tracing.begin({ method: "GET", traceParent })
    record.run(() => {
      const own = trace.getTracer("app").startSpan("own")
      context.with(trace.setSpan(context.active(), own), () =>
        activeSpan()?.child("query", { sql: "select 'opensesame', $1", server: "postgres-1" })?.end(),
      )
      own.end()
    })
    return record.end(200)
  }
  const traceId = "0af7651916cd43dd8448eb211c80319c"
  const kept = serve(`00-${traceId}-b7ad6b7169203331-01`)
  assert.deepEqual(
    told.map(({ name, traceId: id, parentId, ended }) => [name, id, parentId, ended]),
    [
      ["GET", traceId, "b7ad6b7169203331", true],
      ["own", traceId, "0000000000000001", true],
      ["query", traceId, "0000000000000002", true],
    ],
  )
  const attributes = {
    "db.system.name": "postgresql",
    "db.query.text": "select ?, $1",
    "server.address": "postgres-1",
  }
  assert.deepEqual(told[2]?.attributes, attributes)
  assert.deepEqual(
    kept.map(({ name }) => name),
    ["query"],
    "what only the SDK was told stays with it",
  )

  // Not sampled by whoever began it: its sampler would drop what it would have kept without us.
  serve(`00-${traceId}-b7ad6b7169203331-00`)
  assert.deepEqual([told[3]?.name, told[3]?.parentId], ["GET", undefined])
  assert.equal(told[4]?.parentId, "0000000000000004")
  assert.notEqual(told[4]?.traceId, traceId)
})
