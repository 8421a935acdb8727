import assert from "node:assert/strict"
import { test } from "node:test"
import { historyObject, pieceObject, segmentObject, walObjects } from "../archive/wal-objects.ts"
import type { StoredObject } from "../target/backup-target.ts"
import { sampleBackup, sampleStartMs, sampleSegmentBytes as size } from "../testing/sample-backup.ts"
import type { Moment } from "./moment.ts"
import { type Holdings, planRestore } from "./plan-restore.ts"

const hourMs = 3_600_000
const at = (hours: number): Moment => ({ kind: "time", atMs: sampleStartMs + hours * hourMs })
const latest: Moment = { kind: "latest" }
const file = (nth: number, timeline = 1) => segmentObject(timeline, BigInt(nth * size), size)
const piece = (nth: number, to: number, timeline = 1) =>
  pieceObject({ timeline, segment: BigInt(nth * size), from: 0, to }, size)
const position = (nth: number, offset: number) => BigInt(nth * size + offset)

function holdings(names: readonly string[], over: Partial<Holdings> = {}): Holdings {
  const stored: StoredObject[] = names.map(name => ({ name, bytes: 1 }))
  return {
    target: "there",
    backups: [sampleBackup(2), sampleBackup(4)],
    wal: walObjects(stored, size),
    state: { timeline: 1, lsn: position(6, 700), atMs: sampleStartMs + 6 * hourMs, segmentBytes: size },
    ...over,
  }
}

const whole = holdings([file(2), file(3), file(4), file(5), piece(6, 1000)])
const names = (found: ReturnType<typeof planRestore>) =>
  found.files.map(({ name }) => Number.parseInt(name.slice(-2), 16))

test("the newest backup before the moment, and the log from there", () => {
  const newest = planRestore(latest, whole, 1, [])
  assert.deepEqual(
    [newest.backup, names(newest), newest.end],
    [sampleBackup(4), [4, 5, 6], position(6, 1000)],
  )
  const earlier = planRestore(at(3), whole, 1, [])
  assert.deepEqual([earlier.backup, names(earlier)], [sampleBackup(2), [2, 3, 4, 5, 6]])
  const one = planRestore({ kind: "backup", name: sampleBackup(2).name }, whole, 1, [])
  assert.deepEqual([one.backup, one.files], [sampleBackup(2), []])
})

test("too early, too late, unknown and nothing are told apart", () => {
  assert.throws(() => planRestore(at(2), whole, 1, []), { code: "BN2413" })
  assert.throws(() => planRestore(at(6.5), whole, 1, []), { code: "BN2414" })
  assert.throws(() => planRestore({ kind: "backup", name: "x" }, whole, 1, []), { code: "BN2411" })
  assert.throws(() => planRestore(latest, { ...whole, backups: [] }, 1, []), { code: "BN2412" })
  assert.throws(() => planRestore(latest, whole, 7, []), { code: "BN2412" })
})

test("a hole in the log, and an end that is not where it was written down, are told by their file", () => {
  const hole = holdings([file(2), file(3), file(4), piece(6, 1000)])
  assert.throws(() => planRestore(latest, hole, 1, []), { code: "BN2416", message: /05\.zst/ })
  // What lies before it can be reached all the same; recovery tells whether the moment does.
  assert.match(planRestore(at(3), hole, 1, []).missing ?? "", /05\.zst/)
  const cut = holdings([file(2), file(3), file(4), file(5)])
  assert.throws(() => planRestore(latest, cut, 1, []), { code: "BN2416", message: /06\.zst/ })
  const short = holdings([file(4), file(5), piece(6, 600)])
  assert.throws(() => planRestore(latest, short, 1, []), { code: "BN2416", message: /06\.zst/ })
})

test("the file in which a backup was taken may be missing: it holds that itself", () => {
  const found = planRestore(latest, holdings([], { state: undefined, backups: [sampleBackup(4)] }), 1, [])
  assert.deepEqual([found.files, found.end], [[], position(4, 0x120)])
})

test("through timelines: each file from the newest that has it, and the abandoned past when it is asked for", () => {
  const forks = [{ timeline: 1, at: position(5, 500) }]
  const stored = [file(4), file(5), piece(6, 900), file(5, 2), piece(6, 300, 2), historyObject(2)]
  const state = { timeline: 2, lsn: position(6, 300), atMs: sampleStartMs + 9 * hourMs, segmentBytes: size }
  const both = holdings(stored, { state })
  const now = planRestore(latest, both, 2, forks)
  assert.deepEqual(
    now.files.map(({ name }) => name.slice(0, 8)),
    ["00000001", "00000002", "00000002"],
  )
  assert.equal(now.end, position(6, 300))
  const then = planRestore(at(6.5), both, 1, [])
  assert.deepEqual(
    [then.end, then.files.every(({ name }) => name.startsWith("00000001"))],
    [position(6, 900), true],
  )
  // A backup of the abandoned past leads nowhere else.
  const lost = { ...both, backups: [sampleBackup(6)] }
  assert.throws(() => planRestore(latest, lost, 2, forks), { code: "BN2412" })
})
