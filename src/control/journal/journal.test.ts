import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, test } from "node:test"
import fc from "fast-check"
import { FileJournal } from "./file-journal.ts"
import { journalConformance } from "./journal-conformance.ts"
import type { JournalRecord } from "./journal-record.ts"
import { condense, foldJournal } from "./journal-state.ts"
import { MemoryJournal, type MemoryJournalStore } from "./memory-journal.ts"

const folder = mkdtempSync(join(tmpdir(), "journal-"))
after(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const freshPath = () => join(folder, `store-${count++}`, "journal.ndjson")
const term = (number: number): JournalRecord => ({ type: "term-start", term: number, atMs: number })

journalConformance("memory", () => {
  const store: MemoryJournalStore = { entries: [] }
  return () => new MemoryJournal(store)
})
journalConformance("file", () => {
  const path = freshPath()
  return () => new FileJournal(path)
})

async function written(records: number): Promise<string> {
  const path = freshPath()
  const journal = new FileJournal(path)
  await journal.read()
  for (let seq = 1; seq <= records; seq++) assert.equal(await journal.append(seq, term(seq)), true)
  await journal.close()
  return path
}

test("a torn tail is cut off, kept aside and told; writing goes on after it", async () => {
  const path = await written(3)
  appendFileSync(path, '{"seq":4,"crc":"0000')
  const journal = new FileJournal(path)
  const { lastSeq, warnings } = await journal.read()
  assert.equal(lastSeq, 3)
  assert.match(warnings[0]!, /one record could not be read .* kept as .*journal\.corrupt-1$/)
  assert.match(readFileSync(join(path, "../journal.corrupt-1"), "utf8"), /"0000$/)
  assert.equal(await journal.append(4, term(4)), true)
  const again = await new FileJournal(path).read()
  assert.deepEqual([again.lastSeq, again.warnings], [4, []])
})

test("damage in the middle drops only what is damaged, and says so", async () => {
  const path = await written(5)
  const lines = readFileSync(path, "utf8").split("\n")
  lines[2] = lines[2]!.replace('"term":3', '"term":8')
  writeFileSync(path, lines.join("\n"))
  const { entries, warnings } = await new FileJournal(path).read()
  assert.deepEqual(
    entries.map(entry => entry.seq),
    [1, 2, 4, 5],
  )
  assert.equal(warnings.length, 1)
})

test("any prefix of the bytes reads as the records whole in it: nothing else is lost, nothing is invented", async () => {
  const path = await written(6)
  const bytes = readFileSync(path)
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length), async length => {
      const cut = freshPath()
      await new FileJournal(cut).read()
      writeFileSync(cut, bytes.subarray(0, length))
      const whole = bytes.subarray(0, length).toString().split("\n").length - 1
      const { entries, warnings } = await new FileJournal(cut).read()
      assert.equal(entries.length, whole)
      const atLineEnd = length === 0 || bytes[length - 1] === 10
      assert.equal(warnings.length, atLineEnd ? 0 : 1)
    }),
    { numRuns: 60 },
  )
})

test("any flipped bit is noticed, and writing goes on after it", async () => {
  const path = await written(4)
  const bytes = readFileSync(path)
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
      const flipped = Buffer.from(bytes)
      flipped[at]! ^= 1 << bit
      const copy = freshPath()
      await new FileJournal(copy).read()
      writeFileSync(copy, flipped)
      const journal = new FileJournal(copy)
      const { entries, lastSeq, warnings } = await journal.read()
      assert.ok(entries.length < 4 && warnings.length === 1)
      for (const { seq, record } of entries) assert.deepEqual(record, term(seq))
      assert.equal(await journal.append(lastSeq + 1, term(9)), true)
      await journal.close()
    }),
    { numRuns: 100 },
  )
})

test("a full disk is a clear error; nothing of the record stays, and writing works again", async () => {
  const path = await written(1)
  // A file-size limit gives a real short write and then EFBIG, as a full disk gives ENOSPC.
  const script = `
    import { FileJournal } from ${JSON.stringify(join(import.meta.dirname, "file-journal.ts"))}
    const journal = new FileJournal(process.argv[1])
    const { lastSeq } = await journal.read()
    let seq = lastSeq
    try {
      while (seq < 100) await journal.append(seq + 1, { type: "term-start", term: ++seq, atMs: 0 })
    } catch (error) {
      console.log(JSON.stringify({ code: error.code, seq: seq - 1 }))
    }`
  const limited = "trap '' XFSZ; ulimit -f 1; exec \"$@\""
  const argv = ["-c", limited, "bash", process.execPath, "--input-type=module", "-e", script, path]
  const { code, seq } = JSON.parse(execFileSync("bash", argv, { encoding: "utf8" }))
  assert.equal(code, "BN1320")
  const journal = new FileJournal(path)
  const content = await journal.read()
  assert.deepEqual([content.lastSeq, content.warnings], [seq, []])
  assert.equal(await journal.append(seq + 1, term(1)), true)
})

test("condensed, a journal says the same", async () => {
  const records = [term(1), term(2)]
  const state = foldJournal(records.map((record, index) => ({ seq: index + 1, record })))
  const again = foldJournal(condense(state, 5).map((record, index) => ({ seq: index + 1, record })))
  assert.deepEqual(again, state)
})
