import assert from "node:assert/strict"
import { closeSync, openSync } from "node:fs"
import { test } from "node:test"
import { growthViolations, type UsageSample, usageOf, usageWords } from "./process-usage.ts"

const samples = (count: number, make: (nth: number) => { mebibytes: number; files: number }): UsageSample[] =>
  Array.from({ length: count }, (_, nth) => {
    const { mebibytes, files } = make(nth)
    return { agent: { residentBytes: mebibytes * 2 ** 20, openFiles: files } }
  })

test("a heap that breathes and warms up is no leak", () => {
  const steady = samples(100, nth => ({
    mebibytes: 60 + (nth % 7) * 4 + Math.min(nth, 10),
    files: 20 + (nth % 3),
  }))
  assert.deepEqual(growthViolations(steady), [])
})

test("half a mebibyte a cycle, or a file in ten, is one", () => {
  const leaking = samples(100, nth => ({ mebibytes: 60 + nth / 2, files: 20 + Math.floor(nth / 10) }))
  assert.deepEqual(growthViolations(leaking), [
    "agent grew from 66 to 104 MiB",
    "agent holds 28 files open, once 21",
  ])
})

test("what a process holds is seen", { skip: process.platform !== "linux" && "needs /proc" }, () => {
  const before = usageOf(process.pid)!
  const file = openSync("/dev/null", "r")
  try {
    assert.equal(usageOf(process.pid)!.openFiles, before.openFiles + 1)
  } finally {
    closeSync(file)
  }
  assert.ok(before.residentBytes > 2 ** 20)
  assert.match(usageWords({ agent: before }), /^agent \d+ MiB \d+ files$/)
  assert.equal(usageOf(0), undefined)
})
