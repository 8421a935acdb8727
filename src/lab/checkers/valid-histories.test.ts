import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import type { History } from "../history/history.ts"
import { everyChecker } from "./every-checker.ts"
import { type SimulationOptions, simulatedExcuses, simulateHistory } from "./simulated-history.ts"

const numRuns = 1_200

const simulations: fc.Arbitrary<SimulationOptions> = fc.record({
  seed: fc.nat(),
  operations: fc.integer({ min: 1, max: 160 }),
  sessions: fc.integer({ min: 1, max: 5 }),
  registers: fc.integer({ min: 1, max: 3 }),
  lists: fc.integer({ min: 1, max: 3 }),
  width: fc.integer({ min: 1, max: 4 }),
  troubleShare: fc.constantFrom(0, 0.2, 0.8),
  laggingReads: fc.boolean(),
  versions: fc.boolean(),
})

/** A short history may hold nothing for a checker to judge: that is no pass, but no violation either. */
const nothing = /^the history holds (nothing to check|no final read)$/

for (const checker of everyChecker(simulatedExcuses)) {
  test(`${checker.name}: ${numRuns} random histories of a right service raise nothing`, () => {
    let checked = 0
    fc.assert(
      fc.property(simulations, options => {
        const laggingReads = options.laggingReads && checker.name !== "linearizable-registers"
        const verdict = checker.check(simulateHistory({ ...options, laggingReads }))
        assert.deepEqual(verdict.violations, [])
        assert.deepEqual(
          verdict.unknown.filter(words => !nothing.test(words)),
          [],
        )
        checked += verdict.checked
      }),
      { numRuns },
    )
    assert.ok(checked > 5 * numRuns, `only ${checked} facts were checked`)
  })
}

test("the simulation is worth something: late effects, open outcomes, faults, concurrency all occur", () => {
  const { operations, events } = simulateHistory({ ...typical, operations: 2_000 })
  const count = (fits: (operation: History["operations"][number]) => boolean) =>
    operations.filter(fits).length
  for (const outcome of ["ok", "failed", "unknown"])
    assert.ok(count(operation => operation.outcome === outcome) > 20, outcome)
  assert.ok(count(({ returnedOrder }) => returnedOrder === undefined) > 5)
  assert.ok(events.length > 20)
  const seen = new Set(operations.map(({ saw }) => saw))
  const lateSeen = ({ kind, outcome, value }: History["operations"][number]) =>
    kind === "write" && outcome === "unknown" && seen.has(value)
  assert.ok(count(lateSeen) > 5)
  const overlapping = operations.filter(
    ({ returnedOrder }, index) => (operations[index + 1]?.invokedOrder ?? 0) < (returnedOrder ?? 0),
  )
  assert.ok(overlapping.length > 200)
})

test("reads from lagging replicas keep what a session is promised, and are not linearizable", () => {
  const verdicts = everyChecker(simulatedExcuses).map(checker =>
    checker.check(simulateHistory({ ...typical, laggingReads: true })),
  )
  const failing = verdicts.filter(({ ok }) => !ok).map(({ checker }) => checker)
  assert.deepEqual(failing, ["linearizable-registers"])
})

const typical: SimulationOptions = {
  seed: 1,
  operations: 500,
  sessions: 5,
  registers: 2,
  lists: 2,
  width: 2,
  troubleShare: 0.5,
  laggingReads: false,
  versions: true,
}
