import assert from "node:assert/strict"
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, test } from "node:test"
import type { LogFilter } from "../../wire/admin.ts"
import { logOf, paths } from "../project-paths.ts"
import { commandBounds, streamBounds } from "./log-bounds.ts"
import type { CursorBatch, LogReading } from "./log-reading.ts"
import { listLogs, readLogs } from "./read-logs.ts"

/** Logs lie relative to the project folder, which is the working directory. */
const folder = mkdtempSync(join(tmpdir(), "banyan-logs-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
process.chdir(folder)
mkdirSync(paths.logs, { recursive: true })
beforeEach(() => {
  for (const name of readdirSync(paths.logs)) rmSync(join(paths.logs, name))
})

const numbered = (from: number, to: number, word = "line") =>
  Array.from({ length: to - from }, (_, nth) => `${word} ${from + nth}\n`).join("")
const at = (second: number) => new Date(1_700_000_000_000 + 1_000 * second).toISOString()
const ours = (second: number, level: number, rest: object = {}) =>
  `${JSON.stringify({ level, time: at(second), id: "x", ...rest })}\n`

function reading(t: { after(clean: () => void): void }, wish: Partial<LogReading> = {}) {
  const stop = new AbortController()
  t.after(() => stop.abort())
  const whole = { filter: {}, lines: 100, follow: true, bounds: streamBounds, signal: stop.signal, ...wish }
  const batches = readLogs(whole)
  const next = async () => (await batches.next()).value as CursorBatch
  return { next, batches }
}

const texts = ({ lines }: CursorBatch) => lines.map(({ line }) => line)

/** What one look back finds. */
async function found(filter: LogFilter, lines = 100): Promise<CursorBatch> {
  const { value } = await readLogs({
    filter,
    lines,
    follow: false,
    bounds: streamBounds,
    signal: new AbortController().signal,
  }).next()
  return value as CursorBatch
}

test("the last lines of a long file, then what comes, whole lines only", async t => {
  writeFileSync(logOf("web-10"), numbered(0, 50_000))
  writeFileSync(logOf("web-2"), "")
  assert.deepEqual(await listLogs(), ["web-2", "web-10"])
  const { next } = reading(t, { lines: 3 })
  const first = await next()
  assert.deepEqual(texts(first), ["line 49997", "line 49998", "line 49999"])
  assert.deepEqual([first.logs, first.isWhole], [["web-2", "web-10"], false])
  appendFileSync(logOf("web-10"), "half")
  appendFileSync(logOf("web-2"), "whole\n")
  assert.deepEqual(texts(await next()), ["whole"])
  appendFileSync(logOf("web-10"), " and half\nnext\n")
  assert.deepEqual(texts(await next()), ["half and half", "next"])
})

test("logs that begin while they are followed are read from their beginning", async t => {
  const { next } = reading(t)
  assert.deepEqual((await next()).lines, [])
  writeFileSync(logOf("web-1"), "first words\n")
  const { lines, logs } = await next()
  assert.deepEqual([lines, logs], [[{ id: "web-1", line: "first words" }], ["web-1"]])
})

test("lines of all logs stand in the order of time; one without a time stays behind the one before it", async () => {
  writeFileSync(logOf("web-1"), `${ours(3, 30)}  at a\n${ours(9, 30)}`)
  writeFileSync(logOf("web-2"), `${ours(1, 30)}${ours(4, 30)}`)
  writeFileSync(logOf("postgres-1"), `${at(2).replace("T", " ").replace("Z", " UTC")} [1] ERROR:  no\n`)
  const { lines, isWhole } = await found({})
  const order = lines.map(({ id, line }) =>
    line.startsWith("{") ? `${id} ${JSON.parse(line).time}` : `${id} ${line.trim().slice(-2)}`,
  )
  assert.deepEqual(order, [
    `web-2 ${at(1)}`,
    "postgres-1 no",
    `web-1 ${at(3)}`,
    "web-1  a",
    `web-2 ${at(4)}`,
    `web-1 ${at(9)}`,
  ])
  assert.equal(isWhole, true)
  assert.equal((await found({}, 2)).isWhole, false)
})

test("filters: tier, log, level, kind, text, request", async () => {
  const access = (requestId: string, traceId: string) => ({
    access: { at: 1, requestId, traceId, status: 200 },
  })
  writeFileSync(logOf("edge-1"), ours(1, 30, access("ab-1", "f00d")) + ours(2, 30, access("ab-12", "beef")))
  writeFileSync(logOf("app-1"), ours(3, 50, { requestId: "ab-1", msg: "It FAILED" }))
  writeFileSync(
    logOf("web-1"),
    `${ours(4, 40, { msg: "hm" })}{"level":"error","msg":"of winston"}\nplain ab-1, as is\n`,
  )
  writeFileSync(
    logOf("postgres-1"),
    "2026-11-20 14:56:00.462 UTC [1] FATAL:  no\n2026-11-20 14:56:00.463 UTC [1] LOG:  ok\n",
  )
  writeFileSync(logOf("supervisor"), ours(5, 20, { msg: "quiet" }))
  const count = async (filter: LogFilter) => (await found(filter)).lines.length
  assert.equal(await count({}), 9)
  assert.equal(await count({ tier: ["edge"] }), 3, "an app is edge and web")
  assert.equal(await count({ tier: ["web", "data"] }), 6)
  assert.equal(await count({ tier: ["control"] }), 1)
  assert.equal(await count({ of: ["web-1", "edge-1"] }), 5)
  assert.equal(await count({ of: ["nobody-1"] }), 0)
  assert.equal(await count({ level: ["error"] }), 3)
  assert.equal(await count({ level: ["warn", "debug"] }), 2)
  assert.equal(await count({ level: ["info"] }), 4, "what says no level is info")
  assert.equal(await count({ kind: "requests" }), 2)
  assert.equal(await count({ kind: "messages" }), 7)
  assert.equal(await count({ q: "it failed" }), 1)
  assert.equal(await count({ request: "ab-1" }), 3)
  assert.equal(await count({ request: "beef" }), 1)
  assert.equal(await count({ request: "ab" }), 0, "an id is a word, not a part of one")
  assert.equal(await count({ tier: ["web"], level: ["error"], q: "WINSTON" }), 1)
})

test("bytes that are no text, and letters that a read cuts, arrive as what they are", async t => {
  writeFileSync(logOf("web-1"), Buffer.from([0x61, 0xff, 0xfe, 0x00, 0x1b, 0x0a]))
  const { next } = reading(t)
  assert.deepEqual(texts(await next()), ["a\ufffd\ufffd\u0000\u001b"])
  const bytes = Buffer.from("café ☕\n")
  appendFileSync(logOf("web-1"), bytes.subarray(0, 4))
  appendFileSync(logOf("web-2"), "first\n")
  assert.deepEqual(texts(await next()), ["first"])
  appendFileSync(logOf("web-1"), bytes.subarray(4))
  assert.deepEqual(texts(await next()), ["café ☕"])
})

test("of a huge line the beginning is kept, and how much more there is told, forward and backward", async t => {
  const { mostLineBytes } = streamBounds
  const huge = "x".repeat(3_000_000)
  writeFileSync(logOf("web-1"), `before\n${huge}\nafter\n`)
  const { next } = reading(t)
  const back = await next()
  appendFileSync(logOf("web-1"), `${huge.slice(0, 1_000_000)}`)
  appendFileSync(logOf("web-1"), `${huge.slice(1_000_000)}\nlast\n`)
  for (const { lines } of [back, await next()]) {
    const cut = lines.find(({ cutBytes }) => cutBytes !== undefined)!
    assert.deepEqual([cut.line.length, cut.cutBytes], [mostLineBytes, huge.length - mostLineBytes])
  }
})

test("a log begun anew while it is followed: what was not read yet comes from its copy", async t => {
  const file = logOf("web-1")
  writeFileSync(file, "one\n")
  const { next } = reading(t)
  assert.deepEqual(texts(await next()), ["one"])
  appendFileSync(file, "two\nthr")
  copyFileSync(file, `${file}.1`)
  truncateSync(file)
  appendFileSync(file, "ee is cut here\nfour\n")
  const seen = texts(await next())
  assert.deepEqual(seen, ["two", "thr", "ee is cut here", "four"])
  assert.deepEqual(await listLogs(), ["web-1"], "a copy is no log of its own")
  assert.deepEqual(texts(await found({})), ["one", "two", "thr", "ee is cut here", "four"])
})

test("a log that somebody emptied is read from its beginning, and an older copy is left alone", async t => {
  const file = logOf("web-1")
  writeFileSync(`${file}.1`, numbered(0, 1_000, "of old"))
  writeFileSync(file, numbered(0, 100))
  const { next } = reading(t, { lines: 1 })
  await next()
  writeFileSync(file, "anew\n")
  assert.deepEqual(texts(await next()), ["anew"])
})

test("a cursor goes on where it was, over another reader and a log begun anew, with neither hole nor repetition", async t => {
  const file = logOf("web-1")
  writeFileSync(file, numbered(0, 10))
  const { cursor } = await reading(t).next()
  appendFileSync(file, numbered(10, 12))
  const again = reading(t, { cursor })
  assert.deepEqual(texts(await again.next()), [])
  const more = await again.next()
  assert.deepEqual(texts(more), ["line 10", "line 11"])

  appendFileSync(file, numbered(12, 14))
  copyFileSync(file, `${file}.1`)
  truncateSync(file)
  // Longer than it was: its length alone would not tell.
  appendFileSync(file, numbered(14, 1_000))
  const third = reading(t, { cursor: more.cursor })
  await third.next()
  assert.deepEqual(texts(await third.next()), numbered(12, 1_000).trimEnd().split("\n"))

  for (const nonsense of ["nonsense", "web-1:1", "%E0%A4%A:1:1", `web-1:${"9".repeat(15)}:0`])
    assert.ok((await reading(t, { cursor: nonsense }).next()).lines.length >= 0)
})

test("a flood: a batch holds so much and no more, tells what it left out, and leaves no error out", async t => {
  for (const id of ["web-1", "edge-1"]) writeFileSync(logOf(id), "")
  const { next } = reading(t)
  await next()
  appendFileSync(
    logOf("edge-1"),
    ours(1, 30, { msg: "a request" }).repeat(30_000) + ours(2, 50, { msg: "late" }),
  )
  appendFileSync(logOf("web-1"), ours(1, 30, { msg: "seldom" }).repeat(50))
  const { lines, leftOut, unreadBytes } = await next()
  const of = (words: string) => lines.filter(({ line }) => line.includes(words)).length
  assert.deepEqual([of("seldom"), of("late")], [50, 1])
  assert.equal(of("a request"), streamBounds.mostLines - 50)
  assert.equal(leftOut, 30_000 - of("a request"))
  assert.equal(unreadBytes, 0)
})

test("more than can be read: the newest part is, the rest is told in bytes; a command reads all", async t => {
  writeFileSync(logOf("web-1"), "")
  const stream = reading(t)
  const command = reading(t, { bounds: { ...commandBounds, mostFreshBytes: 100_000 } })
  await Promise.all([stream.next(), command.next()])
  const most = streamBounds.mostFreshBytes
  const line = `${"y".repeat(99)}\n`
  const count = Math.ceil((2 * most) / line.length)
  appendFileSync(logOf("web-1"), line.repeat(count))
  const batch = await stream.next()
  const told = batch.lines.length + batch.leftOut + batch.unreadBytes / line.length
  assert.ok(Math.abs(told - count) <= 1, `${told} of ${count}`)
  assert.ok(batch.unreadBytes >= most)
  let read = 0
  while (read < count) read += (await command.next()).lines.length
  assert.equal(read, count)
})

test("what is read back is bounded in lines, in letters, and in bytes that are looked at", async t => {
  const bounds = { ...streamBounds, mostLetters: 1_000, mostBackBytes: 300_000, mostLines: 50 }
  const lines = 10_000
  writeFileSync(logOf("web-1"), ours(0, 30, { pad: "z".repeat(100) }).repeat(20_000))
  writeFileSync(logOf("web-2"), ours(0, 30, { msg: "older than what has room" }) + ours(5, 30))
  const letters = await reading(t, { lines, bounds }).next()
  assert.ok(letters.lines.length > 5 && letters.lines.length < 100, `${letters.lines.length}`)
  assert.equal(letters.isWhole, false)
  const nothing = await reading(t, { lines, bounds, filter: { q: "is nowhere" } }).next()
  assert.deepEqual([nothing.lines.length, nothing.isWhole], [0, false])
  writeFileSync(logOf("web-1"), numbered(0, 120))
  const { next } = reading(t, {
    lines: 120,
    bounds: { ...bounds, mostLetters: 10_000 },
    filter: { of: ["web-1"] },
  })
  const parts = [await next(), await next(), await next()]
  assert.deepEqual(
    parts.map(part => part.lines.length),
    [50, 50, 20],
  )
  assert.deepEqual(texts(parts[0]!)[0], "line 0")
})

test("ends when it is told to, in the middle of waiting", async t => {
  const stop = new AbortController()
  const { batches } = reading(t, { signal: stop.signal })
  await batches.next()
  const last = batches.next()
  stop.abort()
  assert.deepEqual(await last, { done: true, value: undefined })
})
