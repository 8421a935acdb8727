import assert from "node:assert/strict"
import { test } from "node:test"
import { whereToBegin } from "./where-to-begin.ts"

const size = 0x1000
const server = { timeline: 1, lsn: 0x5800n }

test("a fresh archive begins with the file the server writes now; later it goes on in the file it left", () => {
  const begin = (from: bigint) => ({ kind: "stream", stretches: [{ timeline: 1, from, until: undefined }] })
  assert.deepEqual(whereToBegin([], server, [], size), begin(0x5000n))
  assert.deepEqual(whereToBegin([{ timeline: 1, lsn: 0x3210n }], server, [], size), begin(0x3000n))
  assert.deepEqual(whereToBegin([{ timeline: 1, lsn: 0x4000n }], server, [], size), begin(0x4000n))
})

test("through timelines: each to where it was left, the next from the file in which it was", () => {
  const forks = [
    { timeline: 1, at: 0x6100n },
    { timeline: 2, at: 0x7200n },
  ]
  const now = { timeline: 3, lsn: 0x9000n }
  assert.deepEqual(whereToBegin([{ timeline: 1, lsn: 0x4321n }], now, forks, size), {
    kind: "stream",
    stretches: [
      { timeline: 1, from: 0x4000n, until: 0x6100n },
      { timeline: 2, from: 0x6000n, until: 0x7200n },
      { timeline: 3, from: 0x7000n, until: undefined },
    ],
  })
  // More than the promoted one had came from the former primary: it was promised to nobody.
  assert.deepEqual(whereToBegin([{ timeline: 1, lsn: 0x6900n }], now, forks, size), {
    kind: "stream",
    stretches: [
      { timeline: 2, from: 0x6000n, until: 0x7200n },
      { timeline: 3, from: 0x7000n, until: undefined },
    ],
  })
})

test("restored to a past that had been left: its own line goes on, what was left stays beside it", () => {
  const now = { timeline: 3, lsn: 0x9000n }
  const archived = [
    { timeline: 1, lsn: 0x8100n },
    { timeline: 2, lsn: 0x9900n },
  ]
  assert.deepEqual(whereToBegin(archived, now, [{ timeline: 1, at: 0x8100n }], size), {
    kind: "stream",
    stretches: [{ timeline: 3, from: 0x8000n, until: undefined }],
  })
})

test("what is no part of the server's past is not continued", () => {
  const forks = [{ timeline: 1, at: 0x100n }]
  const foreign = { kind: "foreign" }
  assert.deepEqual(whereToBegin([{ timeline: 2, lsn: 0x6000n }], server, [], size), foreign)
  assert.deepEqual(whereToBegin([{ timeline: 1, lsn: 0x6000n }], server, [], size), foreign)
  assert.deepEqual(whereToBegin([{ timeline: 2, lsn: 1n }], { timeline: 3, lsn: 2n }, forks, size), foreign)
})
