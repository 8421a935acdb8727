import assert from "node:assert/strict"
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import type { AuditEntry } from "../../wire/admin.ts"
import { mostAuditEntries } from "./audit-trail.ts"
import { fileAuditTrail } from "./file-audit-trail.ts"

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "audit-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, "home", "audit.ndjson")
}

const entryAt = (at: number): AuditEntry => ({ at, client: "console", what: "grow", outcome: "accepted" })
const warnings: object[] = []
const log = { warn: (details: object) => void warnings.push(details) }

test("what was written down is there for the next supervisor, newest first, readable by its owner alone", t => {
  const path = place(t)
  const trail = fileAuditTrail(path, log)
  for (const at of [1, 2, 3]) trail.add(entryAt(at))
  assert.deepEqual(
    fileAuditTrail(path, log)
      .entries()
      .map(({ at }) => at),
    [3, 2, 1],
  )
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test("a line that a crash cut off, or that somebody spoilt, takes no other with it", t => {
  const path = place(t)
  fileAuditTrail(path, log).add(entryAt(1))
  appendFileSync(path, 'nonsense\n{"at":2,"cli')
  fileAuditTrail(path, log).add(entryAt(3))
  fileAuditTrail(path, log).add(entryAt(4))
  assert.deepEqual(
    fileAuditTrail(path, log)
      .entries()
      .map(({ at }) => at),
    [4, 3, 1],
  )
})

test("the file stays small: the newest are kept", t => {
  const path = place(t)
  const trail = fileAuditTrail(path, log)
  const count = 3 * mostAuditEntries
  for (let at = 1; at <= count; at++) trail.add(entryAt(at))
  assert.ok(readFileSync(path, "utf8").split("\n").length <= 2 * mostAuditEntries + 1)
  const entries = fileAuditTrail(path, log).entries()
  assert.deepEqual([entries.length, entries[0]?.at], [mostAuditEntries, count])
})

test("where nothing can be written the entry is kept in memory, and the log says so", t => {
  const path = place(t)
  // A folder where the file should be: as root no mode keeps anybody out.
  mkdirSync(path, { recursive: true })
  chmodSync(path, 0o700)
  const trail = fileAuditTrail(path, log)
  const before = warnings.length
  trail.add(entryAt(7))
  assert.deepEqual([trail.entries()[0]?.at, warnings.length], [7, before + 1])
})
