import assert from "node:assert/strict"
import { test } from "node:test"
import { type CrashPoint, CrashPointJournal } from "./crash-point-journal.ts"
import { MemoryJournal, type MemoryJournalStore } from "./memory-journal.ts"

const record = (term: number) => ({ type: "term-start", term, atMs: 0 }) as const

test("the crash comes before or after exactly the nth record since it was armed", async () => {
  for (const when of ["before", "after"] as const) {
    const store: MemoryJournalStore = { entries: [] }
    const inner = new MemoryJournal(store)
    let armed: CrashPoint | undefined
    const crashes: number[] = []
    const journal = new CrashPointJournal(
      inner,
      () => armed,
      async () => {
        crashes.push(store.entries.length)
      },
    )
    await journal.append(1, record(1))
    armed = { when, nth: 2 }
    for (const seq of [2, 3, 4]) await journal.append(seq, record(seq))
    assert.deepEqual(crashes, [when === "before" ? 2 : 3])
  }
})

test("a point planted right after another one struck counts from itself", async () => {
  const inner = new MemoryJournal()
  let armed: CrashPoint | undefined = { when: "after", nth: 2 }
  let crashes = 0
  const journal = new CrashPointJournal(
    inner,
    () => armed,
    async () => {
      crashes++
      armed = undefined
    },
  )
  for (const seq of [1, 2]) await journal.append(seq, record(seq))
  armed = { when: "before", nth: 1 }
  await journal.append(3, record(3))
  assert.equal(crashes, 2)
})
