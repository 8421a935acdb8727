import assert from "node:assert/strict"
import { test } from "node:test"
import type { Journal } from "./journal.ts"
import type { JournalRecord } from "./journal-record.ts"

const term = (number: number): JournalRecord => ({ type: "term-start", term: number, atMs: number })

/** What every journal keeps. `open` gives a new handle on the same (at first empty) journal each time it is called. */
export function journalConformance(name: string, makeStore: () => () => Journal): void {
  test(`${name}: what was appended is read back in order, by any handle`, async () => {
    const open = makeStore()
    const journal = open()
    assert.deepEqual(await journal.read(), { entries: [], lastSeq: 0, warnings: [] })
    for (const seq of [1, 2, 3]) assert.equal(await journal.append(seq, term(seq)), true)
    const { entries, lastSeq } = await open().read()
    assert.deepEqual(
      entries,
      [1, 2, 3].map(seq => ({ seq, record: term(seq) })),
    )
    assert.equal(lastSeq, 3)
  })

  test(`${name}: of two writers exactly one gets each number`, async () => {
    const open = makeStore()
    const [first, second] = [open(), open()]
    await Promise.all([first.read(), second.read()])
    const won = await Promise.all([first.append(1, term(10)), second.append(1, term(20))])
    assert.deepEqual([...won].sort(), [false, true])
    const { entries } = await open().read()
    assert.deepEqual(
      entries.map(entry => entry.record),
      [term(won[0] ? 10 : 20)],
    )
  })

  test(`${name}: whoever was overtaken learns it at its next append`, async () => {
    const open = makeStore()
    const [old, young] = [open(), open()]
    await old.read()
    await old.append(1, term(1))
    await young.read()
    assert.equal(await young.append(2, term(2)), true)
    assert.equal(await old.append(2, term(3)), false)
    assert.equal(await young.append(3, term(4)), true)
  })

  test(`${name}: compaction keeps numbers rising and shuts the old writer out`, async () => {
    const open = makeStore()
    const [old, young] = [open(), open()]
    await old.read()
    await old.append(1, term(1))
    await young.read()
    assert.equal(await young.compact(2, [term(7), term(8)]), true)
    assert.equal(await old.append(2, term(2)), false)
    assert.equal(await young.append(4, term(9)), true)
    const { entries } = await open().read()
    assert.deepEqual(
      entries.map(entry => entry.seq),
      [2, 3, 4],
    )
  })
}
