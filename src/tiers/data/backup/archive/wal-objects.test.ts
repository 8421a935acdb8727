import assert from "node:assert/strict"
import { test } from "node:test"
import { archivedEnds, parseHistory, partsOf, pieceObject, segmentObject, walObjects } from "./wal-objects.ts"

const size = 16 * 1024 * 1024
const second = BigInt(size)
const stored = (names: readonly string[]) =>
  walObjects(
    names.map(name => ({ name, bytes: 1 })),
    size,
  )
const piece = (from: number, to: number, timeline = 1) =>
  pieceObject({ timeline, segment: second, from, to }, size)

test("names are Postgres's own, and read back", () => {
  assert.equal(segmentObject(2, 0x1_2300_0000n, size), "wal/000000020000000100000023.zst")
  assert.equal(piece(0, 0xa3f0), "wal/000000010000000000000001.00000000-0000A3F0.zst")
  const names = [
    segmentObject(2, 0x1_2300_0000n, size),
    piece(0, 100),
    "wal/0000000A.history",
    "wal/other",
    "x",
  ]
  const { parts, histories } = stored(names)
  assert.deepEqual(histories, [10])
  assert.deepEqual(parts, [
    { name: names[0], timeline: 2, segment: 0x1_2300_0000n, from: 0, to: size },
    { name: names[1], timeline: 1, segment: second, from: 0, to: 100 },
  ])
})

test("a file reaches as far as its pieces follow each other; a whole one stands for all", () => {
  const reach = (...names: string[]) => partsOf(stored(names), 1, second)
  assert.equal(reach(piece(0, 10), piece(10, 30), piece(40, 50)).to, 30)
  assert.equal(reach(piece(10, 30)).to, 0)
  // Two processes, one after the other, may have cut it in different places.
  assert.equal(reach(piece(0, 10), piece(0, 25), piece(10, 20), piece(25, 40)).to, 40)
  const whole = reach(piece(0, 10), piece(10, 30), segmentObject(1, second, size))
  assert.deepEqual([whole.to, whole.parts.length], [size, 1])
})

test("a timeline ends in the archive where its last file does", () => {
  assert.deepEqual(archivedEnds(stored([])), [])
  const names = [
    segmentObject(1, second * 9n, size),
    segmentObject(2, 0n, size),
    piece(0, 5, 2),
    piece(5, 7, 2),
  ]
  assert.deepEqual(archivedEnds(stored(names)).at(-1), { timeline: 2, lsn: second + 7n })
})

test("a history says where each timeline was left", () => {
  const text = "1\t0/3000060\tno recovery target specified\n\n2\t1/4000000\tbefore 2026-11-21 10:00:00+00\n"
  assert.deepEqual(parseHistory(text), [
    { timeline: 1, at: 0x3000060n },
    { timeline: 2, at: 0x1_0400_0000n },
  ])
})
