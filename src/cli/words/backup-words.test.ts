import assert from "node:assert/strict"
import { test } from "node:test"
import { reachWords } from "./backup-words.ts"

const backup = (endedAtMs: number) => ({
  ...{ name: "b", startedAtMs: endedAtMs - 1_000, endedAtMs },
  ...{ bytes: 1, storedBytes: 1, timeline: 1 },
})

test("what can be restored: nothing, the backups, the moment of the first one, or any from it to the log's end", () => {
  const backups = [backup(10_000), backup(20_000)]
  assert.equal(reachWords([], 5_000, 30_000), "nothing can be restored yet")
  assert.match(reachWords(backups, undefined, 30_000), /^no log is archived: the backups themselves/)
  assert.match(reachWords(backups, 9_000, 30_000), /^the moment 1970-01-01T00:00:10\.000Z; later ones once/)
  assert.equal(
    reachWords(backups, 25_000, 30_000),
    "any moment from 1970-01-01T00:00:10.000Z to 1970-01-01T00:00:25.000Z (5.0 s ago)",
  )
})
