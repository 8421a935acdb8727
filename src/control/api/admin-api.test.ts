import assert from "node:assert/strict"
import { test } from "node:test"
import {
  type AuditView,
  errorViewSchema,
  eventViewSchema,
  killSignals,
  loadViewSchema,
  planViewSchema,
  requestsViewSchema,
  requestViewSchema,
  stateViewSchema,
} from "../../wire/admin.ts"
import { EventLog } from "../event-log.ts"
import { FakeService, settled } from "../testing/control-fixture.ts"
import { log, page, serveAdmin, token, unread } from "../testing/served-admin.ts"
import { writeMetrics } from "./metrics.ts"
import { pagePaths } from "./page-routes.ts"
import { createRoutes } from "./routes.ts"

/** The console's files, which hold no data. */
const open: ReadonlySet<string> = new Set([...pagePaths, "/assets/:name"])

test("no route but the console's files answers without a good Host, Origin, token, method and content type", async t => {
  const { control, host, authorization, ask } = await serveAdmin(t)
  const app = createRoutes({
    control,
    page,
    token,
    ...unread,
    log,
    port: () => 1,
  })
  const routes = app.routes.filter(route => route.method !== "ALL")
  assert.equal(routes.length, 32 + open.size)
  for (const { method, path: pattern } of routes) {
    const path = pattern.replace(":id", "web-1").replace(":name", "index-1.js")
    const json: Record<string, string> = method === "POST" ? { "content-type": "application/json" } : {}
    const status = async (headers: Record<string, string>, verb = method) => {
      const answer = await ask(verb, path, headers, verb === "POST" ? "{}" : undefined)
      if (answer.status >= 400 && verb !== "HEAD") errorViewSchema.parse(JSON.parse(answer.text))
      return answer.status
    }
    if (!open.has(pattern)) {
      assert.equal(await status(json), 401, `${method} ${path} without a token`)
      assert.equal(await status({ ...json, authorization: "Bearer wrong" }), 401)
      assert.equal(await status({ ...json, authorization: `Basic ${token}` }), 401)
      assert.equal(await status({ ...json, cookie: `token=${token}` }), 401)
    }
    const good = { ...json, authorization }
    assert.equal(
      await status({ ...good, origin: "http://evil.example" }),
      403,
      `${method} ${path} foreign origin`,
    )
    assert.equal(await status({ ...good, origin: "http://127.0.0.1:8080" }), 403)
    assert.equal(await status({ ...good, origin: "null" }), 403)
    assert.equal(await status({ ...good, host: `evil.example:${host.split(":")[1]}` }), 421)
    assert.equal(await status({ ...good, host: "127.0.0.1" }), 421)
    // The order: Host before Origin before token.
    assert.equal(await status({ host: "evil.example", origin: "http://evil.example" }), 421)
    assert.equal(await status({ origin: "http://evil.example" }), 403)
    if (method === "POST") {
      assert.equal(await status({ authorization, "content-type": "text/plain" }), 415, `${path} text/plain`)
      assert.equal(await status({ authorization }), 415)
      assert.equal(await status({ authorization }, "GET"), 405)
    } else assert.equal(await status({ ...good, "content-type": "application/json" }, "POST"), 405)
  }
  assert.equal((await ask("GET", "/api/nothing", { authorization })).status, 404)
  assert.equal((await ask("GET", "/api/nothing")).status, 401)
})

test("the console: one document at all its addresses, nothing loaded or framed from elsewhere", async t => {
  const { ask } = await serveAdmin(t)
  for (const path of pagePaths) {
    const { status, headers, text } = await ask("GET", path.replace(":id", "web-1"))
    assert.deepEqual([status, text, headers["cache-control"]], [200, "<!doctype html>", "no-cache"], path)
    const policy = String(headers["content-security-policy"])
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'/)
    assert.match(policy, /frame-ancestors 'none'/)
  }
  const script = await ask("GET", "/assets/index-1.js")
  assert.deepEqual([script.status, script.text], [200, "1"])
  assert.match(String(script.headers["cache-control"]), /immutable/)
  for (const path of ["/assets/index-2.js", "/assets/..%2Findex.html"])
    assert.equal((await ask("GET", path)).status, 404, path)
})

test("state, plans and changes speak wire/admin", async t => {
  const { get, post, control } = await serveAdmin(t)
  const state = stateViewSchema.parse(JSON.parse((await get("/api/state")).text))
  assert.deepEqual([state.stage, state.settled, state.instances.length], ["single", true, 2])

  const proposed = await post("/api/plan", { type: "grow" })
  assert.equal(planViewSchema.parse(JSON.parse(proposed.text)).state, "proposed")
  assert.equal(control.state().plan, null)
  const nothing = await post("/api/changes", { type: "apply" })
  assert.deepEqual([nothing.status, JSON.parse(nothing.text)], [200, { plan: null }])

  const begun = await post("/api/changes", { type: "grow" })
  assert.equal(begun.status, 202)
  const { id } = planViewSchema.parse(JSON.parse(begun.text))
  assert.equal((await post("/api/changes", { type: "shrink" })).status, 409)
  await settled(control)
  assert.equal(planViewSchema.parse(JSON.parse((await get(`/api/plans/${id}`)).text)).state, "done")
  assert.equal((await get("/api/plans/plan-0-0")).status, 404)

  assert.equal((await post("/api/instances/web-9/kill", { signal: "SIGKILL" })).status, 404)
  const wrong = await post("/api/instances/web-2/kill", { signal: "SIGNOTHING" })
  assert.equal(wrong.status, 400)
  const { message } = errorViewSchema.parse(JSON.parse(wrong.text)).error
  for (const signal of killSignals) assert.ok(message.includes(signal), message)
  assert.equal((await post("/api/instances/web-2/kill", {})).status, 202)
  await settled(control)
  assert.equal((await post("/api/down", { drainTimeoutMs: 1000 })).status, 202)
  await settled(control)
})

test("load is started, changed and ended; more than is allowed is refused; each is audited", async t => {
  const { get, post } = await serveAdmin(t)
  const stateOf = (text: string) => loadViewSchema.parse(JSON.parse(text))
  assert.equal(stateOf((await get("/api/load")).text).state, "off")
  assert.equal(stateOf((await post("/api/load/start", { rps: 50 })).text).rps, 50)
  for (const rps of [0, 1_001, "1"]) assert.equal((await post("/api/load/start", { rps })).status, 400)
  assert.equal(stateOf((await post("/api/load/stop", {})).text).state, "off")
  const { entries } = JSON.parse((await get("/api/audit")).text) as AuditView
  assert.deepEqual(
    entries.map(({ what, outcome }) => `${what} ${outcome}`),
    ["load ends accepted", ...Array(3).fill("POST /api/load/start refused"), "load --rps 50 accepted"],
  )
})

test("requests: asked for at the instances when somebody looks, one by its id or its trace's", async t => {
  const { get, service } = await serveAdmin(t)
  const [app] = service.processes.values()
  const part = {
    role: "edge",
    kept: "failed",
    at: 1,
    latencyMs: 2,
    durationMs: 3,
    method: "GET",
    status: 503,
  } as const
  const target = "/<script>"
  app!.traces = [{ ...part, requestId: "a-1", traceId: "t1", target, steps: [] }]
  const list = requestsViewSchema.parse(JSON.parse((await get("/api/requests?status=5xx")).text))
  assert.deepEqual([list.requests.map(({ requestId }) => requestId), list.silent], [["a-1"], []])
  for (const id of ["a-1", "t1"]) {
    const one = requestViewSchema.parse(JSON.parse((await get(`/api/requests/${id}`)).text))
    assert.deepEqual([one.target, one.instances, one.steps.length], [target, [app!.id], 1])
  }
  const gone = await get("/api/requests/a-2")
  assert.deepEqual([gone.status, JSON.parse(gone.text).error.code], [404, "BN1337"])
  const wrong = await get("/api/requests?status=none")
  assert.deepEqual([wrong.status, JSON.parse(wrong.text).error.code], [400, "BN1335"])
})

test("bad bodies get a clear error", async t => {
  const { ask, post, authorization } = await serveAdmin(t)
  const json = { authorization, "content-type": "application/json" }
  for (const body of ["", "{", "null", '{"type":"explode"}', '{"type":"scale","instances":{"web":-1}}']) {
    const answer = await ask("POST", "/api/changes", json, body)
    assert.equal(answer.status, 400, body)
    assert.equal(errorViewSchema.parse(JSON.parse(answer.text)).error.code, "BN1332")
  }
  assert.equal((await ask("POST", "/api/changes", json, `"${"x".repeat(70_000)}"`)).status, 413)
  const refused = await post("/api/changes", { type: "shrink" })
  assert.equal(refused.status, 409)
  assert.equal(errorViewSchema.parse(JSON.parse(refused.text)).error.code, "BN1302")
})

test("metrics are Prometheus's text format", async t => {
  const { get } = await serveAdmin(t)
  const { status, headers, text } = await get("/metrics")
  assert.equal(status, 200)
  assert.match(String(headers["content-type"]), /^text\/plain; version=0\.0\.4/)
  assert.match(text, /^banyan_instance_ready\{instance="app-1",tier="edge\+web"\} 1$/m)
  assert.match(text, /^banyan_edge_requests_total\{instance="app-1"\} 0$/m)
  assert.match(text, /^banyan_edge_latency_seconds\{instance="app-1",quantile="0.99"\} 0.002$/m)
})

test("metrics of a canary: the same of both versions, and nothing of it while there is none", async t => {
  const { get, control } = await serveAdmin(t)
  assert.doesNotMatch((await get("/metrics")).text, /banyan_canary/)
  const counts = { requests: 10, answers: { "2xx": 7, "5xx": 1 }, aborted: 1, retries: 2, takenOver: 0 }
  const tracks = { canary: counts, baseline: { ...counts, requests: 90, takenOver: 1 } }
  const reports = control.reports().map(report => ({
    ...report,
    ...(report.front && { front: { ...report.front, canary: { version: "1.1.0", weight: 10, tracks } } }),
  }))
  const { text } = await writeMetrics({
    state: () => control.state(),
    totals: () => control.totals(),
    reports: () => reports,
  })
  const canary = 'instance="app-1",canary="1.1.0",track="canary"'
  const baseline = canary.replace('track="canary"', 'track="baseline"')
  for (const line of [
    'banyan_canary_weight{instance="app-1",canary="1.1.0"} 10',
    `banyan_canary_requests_total{${canary}} 10`,
    `banyan_canary_requests_total{${baseline}} 90`,
    `banyan_canary_answers_total{${canary},class="5xx"} 1`,
    `banyan_canary_aborted_total{${canary}} 1`,
    `banyan_canary_retries_total{${canary}} 2`,
    `banyan_canary_taken_over_total{${baseline}} 1`,
  ])
    assert.ok(text.split("\n").includes(line), line)
})

/** The number and the data of each event, until the stream ends. */
async function* framesOf(answer: Response): AsyncGenerator<[seq: number, data: string]> {
  let pending = ""
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    const frames = (pending + chunk).split("\n\n")
    pending = frames.pop()!
    for (const frame of frames) {
      const data = /^data: (.*)$/m.exec(frame)?.[1]
      if (data !== undefined) yield [Number(/^id: (\d+)$/m.exec(frame)?.[1]), data]
    }
  }
}

/** Reads events until one fits. */
async function readEvents(url: string, headers: Record<string, string>, fits: (type: string) => boolean) {
  const answer = await fetch(`${url}/api/events`, { headers })
  assert.equal(answer.headers.get("content-type"), "text/event-stream; charset=utf-8")
  const events: Array<{ id: number; type: string }> = []
  for await (const [id, data] of framesOf(answer)) {
    const { type } = eventViewSchema.parse(JSON.parse(data))
    events.push({ id, type })
    if (fits(type)) return events
  }
  return assert.fail("the stream ended")
}

test("events come live, resume where they were, and tell a gap", async t => {
  const { url, authorization, post, control } = await serveAdmin(t)
  const live = readEvents(url, { authorization }, type => type === "plan")
  const { seq } = control.state()
  await post("/api/changes", { type: "grow" })
  const last = (await live).at(-1)!
  await settled(control)
  const resumed = await readEvents(
    url,
    { authorization, "last-event-id": String(last.id) },
    type => type === "map",
  )
  assert.equal(resumed[0]?.id, last.id + 1)
  const sinceState = { authorization, "last-event-id": String(seq) }
  const [first] = await readEvents(url, sinceState, () => true)
  assert.equal(first?.id, seq! + 1, "nothing is lost between the state and the stream")
  for (const lost of ["1", "9".repeat(16), "nonsense"]) {
    const [gap] = await readEvents(url, { authorization, "last-event-id": lost }, () => true)
    assert.equal(gap?.type, "gap")
  }
})

test("a reader that has missed more than is queued gets it in parts, without a hole", async t => {
  const { control, url, authorization } = await serveAdmin(t)
  const first = control.events.lastSeq
  const reason = "x".repeat(2_000)
  for (let at = 1; at <= 900; at++) control.events.append({ type: "gone", at, id: "web-1", reason })
  const end = control.events.lastSeq
  let last = first
  let parts = 0
  while (last < end) {
    const answer = await fetch(`${url}/api/events?after=${last}`, { headers: { authorization } })
    assert.equal(answer.status, 200)
    assert.ok(parts++ < 5, `after ${parts} parts ${end - last} events are left`)
    for await (const [seq] of framesOf(answer)) {
      assert.equal(seq, ++last)
      if (last === end) break
    }
  }
  assert.ok(parts > 1)
})

test("the replay buffer is bounded", () => {
  const events = new EventLog({ capacity: 10 })
  for (let at = 1; at <= 100; at++) events.append({ type: "gap", at })
  assert.equal(events.after(99).events.length, 1)
  assert.equal(events.after(50).gap, true)
  assert.equal(events.after(100).gap, false)
  assert.ok(events.after(90).events.length >= 10)
})

test("while the control plane takes over, requests wait; when it never does, they are told to come back", async t => {
  const service = new FakeService(t)
  const control = service.control()
  const headers = { host: "localhost:7070", authorization: `Bearer ${token}` }
  const hasty = createRoutes({ control, page, token, ...unread, log, port: () => 7070, readyTimeoutMs: 20 })
  assert.equal((await hasty.request("/api/state", { headers })).status, 503)
  const patient = createRoutes({ control, page, token, ...unread, log, port: () => 7070 })
  const waiting = patient.request("/api/state", { headers })
  await control.start()
  assert.equal((await waiting).status, 200)
})
