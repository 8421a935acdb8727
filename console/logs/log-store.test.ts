import assert from "node:assert/strict"
import { test } from "node:test"
import { LogStore, mostRows } from "./log-store.ts"

const batch = (count: number, first = 0) => ({
  lines: Array.from({ length: count }, (_, nth) => ({ id: "web-1", line: `line ${first + nth}` })),
  leftOut: 0,
  unreadBytes: 0,
})
const texts = (store: LogStore) =>
  store.get().rows.map(row => ("line" in row ? row.line.line : `${row.leftOut} left out`))

test("lines come in order, with what is missing between them; paused they wait, and are counted", () => {
  const store = new LogStore()
  store.push({ ...batch(2), leftOut: 5, logs: ["web-1"], isWhole: true })
  assert.deepEqual(texts(store), ["line 0", "line 1", "5 left out"])
  store.pause()
  store.push(batch(3, 2))
  assert.deepEqual([store.get().rows.length, store.get().waiting, store.get().isPaused], [3, 3, true])
  store.resume()
  assert.deepEqual(texts(store).slice(3), ["line 2", "line 3", "line 4"])
  assert.deepEqual([store.get().waiting, store.get().logs, store.get().isWhole], [0, ["web-1"], true])
  store.clear()
  store.push(batch(1, 9))
  assert.deepEqual(texts(store), ["line 9"])
})

test("at most so many are held, shown and waiting; how many left at the top is told", () => {
  const store = new LogStore()
  for (let first = 0; first < mostRows; first += 10_000) store.push(batch(10_000, first))
  assert.deepEqual([store.get().rows.length, store.get().dropped], [mostRows, 0])
  store.push(batch(10, mostRows))
  const { rows, dropped, isWhole } = store.get()
  assert.equal(rows.length, mostRows + 10 - dropped)
  assert.ok(dropped >= 10 && dropped < 5_000)
  assert.equal(isWhole, false)
  assert.equal(texts(store)[0], `line ${dropped}`)
  store.pause()
  for (let first = 0; first < 2 * mostRows; first += 50_000) store.push(batch(50_000, first))
  assert.ok(store.get().waiting <= mostRows)
  store.resume()
  assert.ok(store.get().rows.length <= mostRows)
  assert.equal(texts(store).at(-1), `line ${2 * mostRows - 1}`)
})
