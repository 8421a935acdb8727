/** A request's way, seen afterwards: a real edge, web roles and Postgres in this process, joined as the supervisor does. */
import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { type TestContext, test } from "node:test"
import { trace } from "@opentelemetry/api"
import { sql } from "kysely"
import { findRequest, listRequests, requestFilterSchema } from "../../src/control/requests/list-requests.ts"
import { systemClock } from "../../src/kit/node/system-clock.ts"
import { RequestTracing } from "../../src/telemetry/spans/request-tracing.ts"
import type { Data } from "../../src/tiers/data/data.ts"
import { temporaryPostgres } from "../../src/tiers/data/postgres/server/temporary-postgres.ts"
import {
  dataForTests,
  eventually,
  mapWith,
  mapWithPrimary,
} from "../../src/tiers/data/testing/data-for-tests.ts"
import type { Edge } from "../../src/tiers/edge/edge.ts"
import { startBackend, startEdge } from "../../src/tiers/edge/testing/edge-fixture.ts"
import { createWeb } from "../../src/tiers/web/create-web.ts"
import { testLimits } from "../../src/tiers/web/fixtures/serve-app.ts"
import type { Web } from "../../src/tiers/web/web.ts"
import type { RequestView } from "../../src/wire/admin.ts"
import { requestsViewSchema, requestViewSchema } from "../../src/wire/admin-requests.ts"
import { tracePartSchema } from "../../src/wire/request-trace.ts"

type Service = { edge: Edge; web: Web; data: Data; url: string; pause(): void; resume(): void }

async function start(t: TestContext): Promise<Service> {
  const postgres = await temporaryPostgres(t)
  const data = dataForTests(t, postgres)
  const db = data.db<unknown>()
  const routes: Record<string, () => Promise<Response>> = {
    "/slow": async () => {
      await sql`select pg_sleep(0.15), ${"opensesame"}::text, 'opensesame'`.execute(db)
      return new Response("slow")
    },
    "/write": async () => {
      await db.transaction().execute(async trx => {
        await sql`create table if not exists notes (text text unique)`.execute(trx)
        await sql`select 1`.execute(trx)
      })
      return new Response("written")
    },
    "/own": () =>
      trace.getTracer("app").startActiveSpan("price the order", async span => {
        await sql`select 2`.execute(db)
        span.setAttribute("card", "opensesame").end()
        return new Response("own")
      }),
    "/conflict": async () => {
      await sql`select 'opensesame'::int`.execute(db)
      return new Response("never")
    },
    "/busy": async () => new Response("not now", { status: 503 }),
  }
  const web = createWeb({
    id: "web-1",
    app: { fetch: request => routes[new URL(request.url).pathname]?.() ?? new Response("ok") },
    limits: testLimits,
    clock: systemClock,
    log: { info() {}, error() {} },
    tracing: new RequestTracing(systemClock, Math.random),
  })
  t.after(() => web.stop(1))
  const address = await web.listen({ host: "127.0.0.1", port: 0 })
  const hangsUp = await startBackend(
    t,
    (request, response) => {
      if (request.url === "/again") request.socket.destroy()
      else response.end("ok")
    },
    { id: "web-2" },
  )
  const { edge, port } = await startEdge(t, [{ id: "web-1", address }, hangsUp])
  await db.connection().execute(async () => {})
  const primary = { ...mapWithPrimary(postgres.address).databases[0]!, state: "paused" as const }
  return {
    ...{ edge, web, data, url: `http://127.0.0.1:${port}` },
    pause: () => data.apply(mapWith([primary])),
    resume: () => data.apply(mapWithPrimary(postgres.address)),
  }
}

function collected({ edge, web }: Service) {
  const of = (instance: string, from: { traces(): unknown[] }) =>
    from.traces().map(each => ({ instance, part: tracePartSchema.parse(each) }))
  return { at: Date.now(), parts: [...of("edge-1", edge), ...of("web-1", web)], silent: [] }
}

/** Asked until web-1, and not the other backend, was the one to answer, and both kept it: sampled ones mostly are. */
async function ask(service: Service, path: string, traceparent = newTraceParent()): Promise<RequestView> {
  return eventually(path, async () => {
    const answer = await fetch(`${service.url}${path}`, { headers: { traceparent } })
    await answer.text()
    const found = findRequest(collected(service), answer.headers.get("x-request-id") ?? "")
    if (found !== undefined) requestViewSchema.parse(found)
    return found?.instances.includes("web-1") && found.instances.includes("edge-1") && found
  })
}

function newTraceParent(): string {
  return `00-${randomBytes(16).toString("hex")}-b7ad6b7169203331-01`
}

const shape = ({ steps }: RequestView) => steps.map(({ name, depth }) => `${"  ".repeat(depth)}${name}`)

test("the way of a request: its steps, their nesting, and none of its values", {
  timeout: 120_000,
}, async t => {
  const service = await start(t)

  await t.test("a slow statement is the longest bar, with its text and without its values", async () => {
    const found = await ask(service, "/slow?mail=opensesame")
    assert.deepEqual([found.method, found.target, found.status], ["GET", "/slow?mail=…", 200])
    const steps = found.steps.filter(({ name }) => name !== "gate")
    const names = ["request", "  receive", "  try", "    web", "      query", "  answer"]
    assert.deepEqual(shape({ ...found, steps }), names)
    const query = found.steps.find(({ name }) => name === "query")
    assert.equal(query?.details?.["sql"], "select pg_sleep(?), $1::text, ?")
    assert.equal(query?.details?.["server"], "postgres-1")
    assert.ok(query.durationMs >= 149 && query.durationMs <= found.latencyMs, `${query.durationMs} ms`)
    for (const { startMs, durationMs } of found.steps)
      assert.ok(startMs + durationMs <= found.durationMs + 1.5, "nothing lies outside of the request")
    assert.equal(found.steps.find(({ name }) => name === "try")?.details?.["backend"], "web-1")
  })

  await t.test("statements of a transaction, one after the other", async () => {
    const found = await ask(service, "/write")
    const texts = found.steps.flatMap(({ details }) => details?.["sql"] ?? [])
    assert.deepEqual(texts, ["create table if not exists notes (text text unique)", "select ?", "commit"])
  })

  await t.test("the app's own spans nest: by name, their attributes are nobody's business", async () => {
    const found = await ask(service, "/own")
    assert.deepEqual(shape(found).slice(3, 6), ["    web", "      price the order", "        query"])
  })

  await t.test("what failed says why by codes alone", async () => {
    const conflict = await ask(service, "/conflict")
    assert.deepEqual(
      [conflict.status, conflict.kept, conflict.error],
      [500, "failed", "BN2101 SQLSTATE 22P02"],
    )
    assert.equal(conflict.steps.find(({ name }) => name === "query")?.error, "SQLSTATE 22P02")
    assert.equal((await ask(service, "/busy")).kept, "failed")
    const filter = requestFilterSchema.parse({ kept: "failed", status: "5xx" })
    const { requests } = requestsViewSchema.parse(listRequests(collected(service), filter))
    assert.deepEqual(requests.map(({ target }) => target).sort(), ["/busy", "/conflict"])
  })

  await t.test("while writes pause it waits at the gate, and says for what", async () => {
    service.pause()
    const asked = ask(service, "/own")
    await eventually("somebody waits", () => service.data.report().waiting > 0)
    const beganMs = performance.now()
    await new Promise(resolve => setTimeout(resolve, 50))
    const leastMs = performance.now() - beganMs
    service.resume()
    const gate = (await asked).steps.find(({ name }) => name === "gate")
    assert.deepEqual(gate?.details, {
      reason: "another server is becoming the primary",
      server: "postgres-1",
    })
    assert.ok(gate.durationMs >= leastMs - 1, `${gate.durationMs} ms`)
  })

  await t.test("a request sent again shows both backends", async () => {
    const again = await eventually("a retry", async () => {
      await fetch(`${service.url}/again`).then(answer => answer.text())
      const filter = requestFilterSchema.parse({ kept: "retried" })
      return listRequests(collected(service), filter).requests[0]
    })
    assert.deepEqual([again.retries, again.status], [1, 200])
    const { steps } = findRequest(collected(service), again.requestId)!
    const [first, second] = steps.filter(({ name }) => name === "try")
    assert.match(`${first?.error}`, /closed/)
    assert.deepEqual([second?.error, second?.details?.["backend"]], [undefined, "web-1"])
  })

  await t.test("a trace that was begun elsewhere goes on; a broken one does not", async () => {
    const traceId = "0af7651916cd43dd8448eb211c80319c"
    const known = await ask(service, "/ok", `00-${traceId}-b7ad6b7169203331-01`)
    assert.deepEqual([known.traceId, known.kept], [traceId, "sampled"])
    assert.equal(findRequest(collected(service), traceId)?.traceId, traceId)
    for (const broken of [
      `00-${traceId}-0000000000000000-01`,
      `ff-${traceId}-b7ad6b7169203331-01`,
      "<script>",
    ]) {
      const found = await ask(service, "/slow", broken)
      assert.notEqual(found.traceId, traceId)
      assert.match(found.traceId, /^[0-9a-f]{32}$/)
      assert.equal(found.kept, "slow")
    }
  })

  assert.ok(!JSON.stringify(collected(service)).includes("opensesame"))
})
