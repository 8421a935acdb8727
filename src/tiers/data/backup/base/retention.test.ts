import assert from "node:assert/strict"
import { test } from "node:test"
import { segmentObject } from "../archive/wal-objects.ts"
import { sampleBackup, sampleSegmentBytes } from "../testing/sample-backup.ts"
import { backupObjects } from "./base-backups.ts"
import { expired } from "./retention.ts"

const log = (timeline: number, ...files: number[]) =>
  files.map(nth => segmentObject(timeline, BigInt(nth * sampleSegmentBytes), sampleSegmentBytes))
const stored = (names: readonly string[]) => names.map(name => ({ name, bytes: 1 }))
const objects = (nth: number) => Object.values(backupObjects(sampleBackup(nth).name))

test("what is older than the backups that are kept goes, each backup's description first", () => {
  const backups = [sampleBackup(2), sampleBackup(4), sampleBackup(6)]
  const names = [...[2, 4, 6].flatMap(objects), ...log(1, 1, 2, 3, 4, 5, 6, 7)]
  const gone = expired(backups, stored(names), 2)
  assert.deepEqual(gone, [...objects(2).toReversed(), ...log(1, 1, 2, 3)])
  assert.match(gone[0]!, /backup\.json$/)
  assert.deepEqual(expired(backups, stored(names), 3), log(1, 1))
})

test("what a broken-off backup left goes with those around it, a newer one may still be under way", () => {
  const { archive } = backupObjects(sampleBackup(3).name)
  const newer = backupObjects(sampleBackup(9).name).archive
  const backups = [sampleBackup(4)]
  assert.deepEqual(expired(backups, stored([archive, newer, ...objects(4)]), 1), [archive])
})

test("after a restore to an earlier moment positions come again: what a kept backup needs stays", () => {
  const backups = [sampleBackup(8), sampleBackup(9, { timeline: 2, startLsn: "0/5000028" })]
  assert.deepEqual(expired(backups, stored([...log(1, 4, 5, 8), ...log(2, 5)]), 2), log(1, 4))
})

test("without any backup nothing goes", () => {
  assert.deepEqual(expired([], stored(log(1, 1, 2)), 1), [])
})
