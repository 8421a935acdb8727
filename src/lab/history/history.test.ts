import assert from "node:assert/strict"
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { ManualClock } from "../../kit/clock.ts"
import type { BanyanError } from "../../kit/errors.ts"
import { readHistory, streamHistory } from "./history-reader.ts"
import { HistoryWriter } from "./history-writer.ts"

const header = { title: "test", seed: 7 }
const write = (id: string, value = `v-${id}`) =>
  ({ id, session: "s1", kind: "write", key: "k", value, method: "POST" }) as const

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "banyan-history-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A small history, closed, and its path. */
async function written(t: TestContext): Promise<string> {
  const path = join(folderFor(t), "history.ndjson")
  const clock = new ManualClock(1_700_000_000_000)
  const writer = await HistoryWriter.create(path, header, clock)
  await writer.intend(write("a"))
  clock.advance(5)
  await writer.intend({ id: "b", session: "s2", kind: "read", key: "k", method: "GET" })
  await writer.event("kill", "web-1", "pid 7")
  writer.settle("b", { outcome: "ok", saw: null })
  clock.advance(2.5)
  writer.settle("a", { outcome: "ok", version: 1 })
  await writer.intend(write("c"))
  writer.final("list", ["x", "y"])
  await writer.close()
  return path
}

test("what was told comes back: orders, times, events, finals; what never returned is unknown", async t => {
  const history = await readHistory(await written(t))
  assert.deepEqual(history, {
    header: { ...header, startedAtMs: 1_700_000_000_000 },
    operations: [
      {
        ...write("a"),
        invokedOrder: 1,
        invokedMs: 0,
        outcome: "ok",
        version: 1,
        returnedOrder: 5,
        returnedMs: 7.5,
      },
      {
        id: "b",
        session: "s2",
        kind: "read",
        key: "k",
        method: "GET",
        invokedOrder: 2,
        invokedMs: 5,
        outcome: "ok",
        saw: null,
        returnedOrder: 4,
        returnedMs: 5,
      },
      { ...write("c"), invokedOrder: 6, invokedMs: 7.5, outcome: "unknown" },
    ],
    events: [{ name: "kill", subject: "web-1", detail: "pid 7", order: 3, atMs: 5 }],
    finals: [{ key: "list", items: ["x", "y"] }],
    torn: false,
  })
})

test("cut anywhere after its header, a history tells what was whole; its torn line is left out", async t => {
  const path = await written(t)
  const whole = readFileSync(path)
  const headerEnd = whole.indexOf(10) + 1
  for (let length = whole.length; length >= headerEnd; length--) {
    truncateSync(path, length)
    const { torn, operations } = await readHistory(path)
    assert.equal(torn, whole[length - 1] !== 10, `cut at ${length}`)
    assert.ok(operations.length <= 3)
  }
  truncateSync(path, headerEnd - 1)
  await assert.rejects(readHistory(path), { code: "BN3010" })
})

test("anything else that is wrong with a file is an error that names the line", async t => {
  const path = await written(t)
  const whole = readFileSync(path, "utf8")
  const lines = whole.trimEnd().split("\n")
  const damaged: readonly [string, RegExp][] = [
    ["", /line 1 is missing/],
    [whole.replace('"version":1', '"version":2'), /line 1 has no right `version`: 2/],
    [lines.slice(1).join("\n"), /line 1 is not the header/],
    [`${whole}${lines[0]}\n`, /line 9 is a second header/],
    [`${whole}half a li\n`, /line 9 is no JSON/],
    [`${whole}[]\n`, /line 9 is of no known type/],
    [`${whole}{"type":"toString"}\n`, /line 9 is of no known type: "toString"/],
    [`${whole}${lines[4]}\n`, /line 9 ends `b`, which is not under way/],
    [`${whole}${lines[6]}\n`, /line 9 begins `c` while it is under way/],
    [`${whole}${lines[1]}\n`, /takes the id `a` a second time/],
    [whole.replace('"kind":"read"', '"kind":"dance"'), /line 3 has no right `kind`: "dance"/],
  ]
  for (const [text, words] of damaged) {
    writeFileSync(path, text)
    await assert.rejects(readHistory(path), (error: BanyanError) => {
      assert.equal(error.code, "BN3010")
      assert.match(error.message, words)
      return true
    })
  }
  await assert.rejects(readHistory(`${path}.missing`), /line 1 cannot be read \(ENOENT/)
})

test("an intent is in the file when it may be sent; those that wait together wait for one fsync", async t => {
  const path = join(folderFor(t), "history.ndjson")
  const writer = await HistoryWriter.create(path, header)
  t.after(() => writer.close())
  const ids = Array.from({ length: 500 }, (_, index) => `w${index}`)
  await Promise.all(
    ids.map(async id => {
      await writer.intend(write(id))
      assert.ok(readFileSync(path, "utf8").includes(`"id":"${id}"`), id)
      writer.settle(id, { outcome: "ok" })
    }),
  )
})

test("a long list is finally read in several lines; a reader holds only what is under way", async t => {
  const path = join(folderFor(t), "history.ndjson")
  const writer = await HistoryWriter.create(path, header)
  const items = Array.from({ length: 25_000 }, (_, index) => `item-${index}`)
  writer.final("long", items)
  writer.final("empty", [])
  await writer.close()
  const { finals } = await readHistory(path)
  assert.deepEqual(
    finals.map(({ key, items }) => [key, items.length]),
    [
      ["long", 10_000],
      ["long", 10_000],
      ["long", 5_000],
      ["empty", 0],
    ],
  )
  assert.deepEqual(
    finals.flatMap(final => final.items),
    items,
  )
  const types: string[] = []
  for await (const { type } of streamHistory(path)) types.push(type)
  assert.deepEqual(types, ["header", "final", "final", "final", "final", "end"])
})

test("a file that exists is not written over; an id has one intent and one result", async t => {
  const path = join(folderFor(t), "history.ndjson")
  const writer = await HistoryWriter.create(path, header)
  t.after(() => writer.close())
  await assert.rejects(HistoryWriter.create(path, header), { code: "BN3011" })
  await writer.intend(write("a"))
  await assert.rejects(writer.intend(write("a")), { code: "BN3012" })
  writer.settle("a", { outcome: "ok" })
  assert.throws(() => writer.settle("a", { outcome: "ok" }), { code: "BN3012" })
})

test("a file without line ends is refused, not read into memory", async t => {
  const path = await written(t)
  appendFileSync(path, Buffer.alloc(20 * 2 ** 20, "x"))
  await assert.rejects(readHistory(path), /line 9 has no end/)
})
