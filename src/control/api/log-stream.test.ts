import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { errorViewSchema, type LogBatch, type LogQuery, logBatchSchema } from "../../wire/admin.ts"
import { serveAdmin } from "../testing/served-admin.ts"
import type { ReadLogs } from "./log-stream.ts"

const empty: LogBatch = { lines: [], leftOut: 0, unreadBytes: 0 }

/** A source that always has one more, and tells how often it was asked and who was let go. */
function countedSource(batch: LogBatch = empty, pauseMs = 20) {
  const asked: { query: LogQuery; cursor: string | undefined }[] = []
  const counts = { batches: 0, open: 0 }
  const read: ReadLogs = async function* (query, cursor, signal) {
    asked.push({ query, cursor })
    counts.open++
    signal.addEventListener("abort", () => counts.open--, { once: true })
    for (; !signal.aborted; await sleep(pauseMs)) yield { ...batch, cursor: `place-${++counts.batches}` }
  }
  return { read, asked, counts }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5)
}

const options = { timeout: 20_000 }

test(
  "batches as events, each with its place; the query is read and a lost reader let go",
  options,
  async t => {
    const { read, asked, counts } = countedSource()
    const { url, authorization } = await serveAdmin(t, { logs: read })
    const stop = new AbortController()
    const answer = await fetch(`${url}/api/logs?tier=web,edge&level=error&q=a%20b&lines=5`, {
      headers: { authorization, "last-event-id": "place-0" },
      signal: stop.signal,
    })
    assert.equal(answer.headers.get("content-type"), "text/event-stream; charset=utf-8")
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
    const [id, data] = (await reader.read()).value!.split("\n\n")[0]!.split("\n")
    assert.equal(id, "id: place-1")
    assert.deepEqual(logBatchSchema.parse(JSON.parse(data!.replace("data: ", ""))), empty)
    assert.deepEqual(asked, [
      { query: { tier: ["web", "edge"], level: ["error"], q: "a b", lines: 5 }, cursor: "place-0" },
    ])
    stop.abort()
    await until(() => counts.open === 0)
  },
)

test("who reads slowly is not read for: what waits is what the sockets hold", options, async t => {
  const line = { id: "web-1", line: "x".repeat(16_000) }
  const { read, counts } = countedSource({ ...empty, lines: Array.from({ length: 20 }, () => line) }, 0)
  const { url, authorization } = await serveAdmin(t, { logs: read })
  const stop = new AbortController()
  t.after(() => stop.abort())
  const answer = await fetch(`${url}/api/logs`, { headers: { authorization }, signal: stop.signal })
  let seen = -1
  let quietSince = performance.now()
  // It stands still for a second: nobody takes anything.
  while (performance.now() - quietSince < 1_000) {
    if (counts.batches !== seen) quietSince = performance.now()
    seen = counts.batches
    await sleep(20)
  }
  assert.ok(seen < 100, `${seen} batches of 320 kB are made for a reader that takes none`)
  const reader = answer.body!.getReader()
  while (counts.batches < seen + 10) await reader.read()
})

test(
  "too many readers and queries without a meaning are refused; a reader that goes makes room",
  options,
  async t => {
    const { read, counts } = countedSource()
    const { url, authorization, ask, get } = await serveAdmin(t, { logs: read })
    for (const query of [
      "level=loud",
      "tier=moon",
      "lines=-1",
      "lines=99999",
      "request=a%20b",
      "what=1",
      "kind=x",
    ]) {
      const { status, text } = await get(`/api/logs?${query}`)
      assert.equal(status, 400, query)
      assert.equal(errorViewSchema.parse(JSON.parse(text)).error.code, "BN1335")
    }
    for (let nth = 0; nth < 20; nth++) await ask("HEAD", "/api/logs", { authorization })
    const stops = Array.from({ length: 8 }, () => new AbortController())
    t.after(() => {
      for (const stop of stops) stop.abort()
    })
    const open = (signal: AbortSignal) => fetch(`${url}/api/logs`, { headers: { authorization }, signal })
    for (const { signal } of stops) assert.equal((await open(signal)).status, 200)
    await until(() => counts.open === 8)
    const refused = await get("/api/logs")
    assert.deepEqual([refused.status, JSON.parse(refused.text).error.code], [429, "BN1336"])
    stops[0]!.abort()
    await until(() => counts.open === 7)
    const late = new AbortController()
    stops.push(late)
    assert.equal((await open(late.signal)).status, 200)
  },
)
