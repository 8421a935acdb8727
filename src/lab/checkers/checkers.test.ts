import assert from "node:assert/strict"
import { test } from "node:test"
import type { History, HistoryEvent, Operation } from "../history/history.ts"
import { acknowledgedOnce } from "./acknowledged-once.ts"
import { everyChecker } from "./every-checker.ts"
import type { Excuse } from "./excuse.ts"
import { linearizableRegisters } from "./linearizable-registers.ts"
import { noUnexcusedFailure } from "./no-unexcused-failure.ts"
import { readYourWrites } from "./read-your-writes.ts"

const header = { title: "test", seed: 1, startedAtMs: 0 }

/** A history of operations that follow one another, one a millisecond. */
function historyOf(parts: Partial<Operation>[], rest: Partial<History> = {}): History {
  const operations = parts.map(
    (part, index): Operation => ({
      id: `o${index}`,
      session: "s",
      kind: "write",
      key: "k",
      outcome: "ok",
      invokedOrder: 2 * index + 1,
      invokedMs: index,
      returnedOrder: 2 * index + 2,
      returnedMs: index + 0.5,
      ...part,
    }),
  )
  return { header, operations, events: [], finals: [], torn: false, ...rest }
}

test("a history with nothing in it is no pass for any checker", () => {
  for (const checker of everyChecker([])) {
    const { ok, violated, unknown } = checker.check(historyOf([]))
    assert.deepEqual(
      { ok, violated, told: unknown.length },
      { ok: false, violated: 0, told: 1 },
      checker.name,
    )
  }
})

test("without a final read nothing is said about what is present", () => {
  const verdict = acknowledgedOnce.check(historyOf([{ kind: "add", value: "x" }]))
  assert.deepEqual(verdict.unknown, ["the history holds no final read"])
  assert.equal(verdict.ok, false)
})

test("of several removals of an item one that was acknowledged is enough, whichever it is", () => {
  const add = { kind: "add", value: "x" } as const
  const remove = { kind: "remove", value: "x" } as const
  const open = { ...remove, outcome: "unknown" } as const
  const finals = [{ key: "k", items: ["x"] }]
  for (const removals of [
    [open, remove],
    [remove, open],
    [remove, remove],
  ]) {
    const { violations } = acknowledgedOnce.check(historyOf([add, ...removals], { finals }))
    assert.deepEqual(
      violations.map(({ rule }) => rule),
      ["removed-and-back"],
    )
  }
  assert.ok(acknowledgedOnce.check(historyOf([add, open, open], { finals })).ok)
})

test("an item removed twice is gone since the first acknowledgement, however late the second", () => {
  const twice = { kind: "remove", value: "x" } as const
  const { violations } = readYourWrites.check(
    historyOf([
      { kind: "add", value: "x" },
      twice,
      // The second removal is under way while the list is read.
      { ...twice, invokedOrder: 5, returnedOrder: 7 },
      { kind: "list", items: ["x"], invokedOrder: 6, returnedOrder: 8 },
    ]),
  )
  assert.deepEqual(
    violations.map(({ rule }) => rule),
    ["back-again"],
  )
})

test("a violation names its rule, tells what contradicts what, and holds both operations", () => {
  const history = historyOf([{ value: "a" }, { value: "b" }, { kind: "read", saw: "a" }])
  const { violations, ok } = readYourWrites.check(history)
  assert.equal(ok, false)
  assert.deepEqual(violations, [
    {
      rule: "stale",
      words: "read o2 (session s) of k saw `a`, which is older than what write o1 (session s) wrote: `b`",
      operations: [history.operations[1], history.operations[2]],
    },
  ])
  assert.deepEqual(linearizableRegisters().check(history).violations, [
    {
      rule: "no-order",
      words:
        "k: no order of its operations fits; the longest one fails at read o2 (session s), which saw `a` while the register held `b`",
      operations: [history.operations[1], history.operations[2]],
    },
  ])
})

test("a thousand violations are counted, the first hundred are told", () => {
  const reads = Array.from({ length: 1_000 }, (): Partial<Operation> => ({ kind: "read", saw: null }))
  const { violated, violations } = readYourWrites.check(historyOf([{ value: "a" }, ...reads]))
  assert.deepEqual([violated, violations.length], [1_000, 100])
})

test("a register beyond the bound is unknown, others are judged all the same", () => {
  const history = historyOf([{ value: "a" }, { kind: "read", saw: "a" }, { key: "other", value: "b" }])
  const { ok, violated, unknown } = linearizableRegisters({ maxSteps: 2 }).check(history)
  assert.deepEqual(
    { ok, violated, unknown },
    {
      ok: false,
      violated: 0,
      unknown: ["k: no decision about 2 operations in 2 steps"],
    },
  )
})

const event = (name: string, subject: string, atMs: number): HistoryEvent => ({
  name,
  subject,
  atMs,
  order: 1_000 + atMs,
})
const failure = (failure: string, invokedMs: number, more: Partial<Operation> = {}): Partial<Operation> => ({
  kind: "request",
  outcome: "unknown",
  method: "GET",
  failure,
  invokedMs,
  returnedMs: invokedMs + 10,
  ...more,
})

test("an excuse speaks for the failures it describes, while its window is open, and for no others", () => {
  const events = [event("freeze", "web-1", 100), event("freeze", "edge-1", 150), event("thaw", "web-1", 200)]
  const excuse: Excuse = {
    why: "a frozen web instance answers nobody",
    failures: ["timeout", "noAnswer"],
    methods: ["GET"],
    during: { opens: "freeze", closes: "thaw", subject: "web", beforeMs: 5, afterMs: 20 },
  }
  const { returnedMs: _, failure: __, returnedOrder: ___, ...unanswered } = failure("", 50)
  const cases: readonly [Partial<Operation>, boolean][] = [
    [failure("timeout", 150), true],
    [failure("timeout", 84), false],
    [failure("timeout", 85), true],
    [failure("timeout", 220), true],
    [failure("timeout", 221), false],
    [failure("framing", 150), false],
    [failure("timeout", 150, { method: "POST" }), false],
    [failure("timeout", 150, { outcome: "failed" }), true],
    [unanswered, false],
  ]
  for (const [operation, isExcused] of cases) {
    const history = historyOf([operation], { events })
    assert.equal(noUnexcusedFailure([excuse]).check(history).ok, isExcused, JSON.stringify(operation))
  }
})

test("an answer that never came is excused by a window it reaches into; a window without an end stays open", () => {
  const events = [event("freeze", "web-1", 100)]
  const history = historyOf([{ kind: "request", outcome: "unknown", invokedMs: 50 }], { events })
  const { returnedMs: _, returnedOrder: __, ...open } = history.operations[0]!
  const noAnswer = { ...history, operations: [open] }
  const during = { opens: "freeze", closes: "thaw" }
  assert.ok(noUnexcusedFailure([{ why: "frozen", failures: ["noAnswer"], during }]).check(noAnswer).ok)
  const later = historyOf([failure("timeout", 9_000)], { events })
  assert.ok(noUnexcusedFailure([{ why: "frozen", during }]).check(later).ok)
  assert.ok(!noUnexcusedFailure([{ why: "frozen", during: { opens: "freeze" } }]).check(later).ok)
})

test("an excuse speaks for at most as many as it says", () => {
  const history = historyOf([failure("timeout", 1), failure("timeout", 2), failure("timeout", 3)])
  const { violated, checked } = noUnexcusedFailure([{ why: "two may", atMost: 2 }]).check(history)
  assert.deepEqual([violated, checked], [1, 3])
})

test("a read that may lag is bound by what its own session wrote, not by what others did", () => {
  const write = { kind: "write", session: "writer" } as const
  const read = { kind: "read", saw: "old", mayLag: true } as const
  const stale = (session: string, mayLag: object) =>
    linearizableRegisters().check(
      historyOf([
        { ...write, value: "old" },
        { ...write, value: "new" },
        { ...read, session, ...mayLag },
      ]),
    ).violated
  assert.equal(stale("another", {}), 0)
  assert.equal(stale("writer", {}), 1)
  assert.equal(stale("another", { mayLag: undefined }), 1)
})
