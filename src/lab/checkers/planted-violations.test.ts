import assert from "node:assert/strict"
import { test } from "node:test"
import { everyChecker } from "./every-checker.ts"
import { mutations, type PlantedRow, plantedTable } from "./mutations/planted-table.ts"

const times = 100

test(`each of ${mutations.length} lies, told in ${times} random histories, is caught by its checker each time`, t => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  t.diagnostic(`seed ${seed}`)
  const table = plantedTable(seed, times)
  const short = (row: PlantedRow) =>
    `${row.mutation}: ${row.planted} planted, ${row.caught} caught, missed with seeds ${row.missed}`
  assert.deepEqual(
    table.filter(({ planted, caught }) => planted !== times || caught !== times).map(short),
    [],
  )
})

test("every checker has lies of its own to catch, and every lie names a checker", () => {
  const checkers = everyChecker([]).map(({ name }) => name)
  const named = mutations.map(({ caughtBy }) => caughtBy)
  assert.deepEqual(new Set(named), new Set(checkers))
  for (const checker of checkers)
    assert.equal(new Set(namesOf(checker)).size, namesOf(checker).length, `${checker} has a lie twice`)
})

function namesOf(checker: string): string[] {
  return mutations.filter(({ caughtBy }) => caughtBy === checker).map(({ name }) => name)
}
