import { seededRandom } from "../../../kit/random.ts"
import type { History } from "../../history/history.ts"
import { everyChecker } from "../every-checker.ts"
import { simulatedExcuses, simulateHistory } from "../simulated-history.ts"
import { failureMutations } from "./failure-mutations.ts"
import type { Mutation } from "./mutation.ts"
import { orderMutations } from "./order-mutations.ts"
import { presenceMutations } from "./presence-mutations.ts"
import { sessionMutations } from "./session-mutations.ts"

/** The catalogue: every lie the checkers are proven against. */
export const mutations: readonly Mutation[] = [
  ...presenceMutations,
  ...sessionMutations,
  ...orderMutations,
  ...failureMutations,
]

export type PlantedRow = {
  readonly mutation: string
  readonly words: string
  readonly checker: string
  readonly planted: number
  readonly caught: number
  /** Seeds of the histories whose violation went unseen: none, or a checker is wrong. */
  readonly missed: readonly number[]
}

/** Plants every mutation `times` times, each in a random history of its own, and asks the checker that must see it. */
export function plantedTable(seed: number, times: number): PlantedRow[] {
  return mutations.map(mutation => plant(mutation, seed, times))
}

/** Not every history has a place for every lie; that so few have one would be a fault of the simulation. */
const triesEach = 50

function plant(mutation: Mutation, seed: number, times: number): PlantedRow {
  const checker = everyChecker(simulatedExcuses).find(({ name }) => name === mutation.caughtBy)!
  let planted = 0
  const missed: number[] = []
  for (let tried = 0; planted < times && tried < times * triesEach; tried++) {
    const history = mutation.plant(anyHistory(seed + tried), seededRandom(seed + tried))
    if (history === undefined) continue
    planted++
    if (checker.check(history).violated === 0) missed.push(seed + tried)
  }
  const { name, words, caughtBy } = mutation
  return { mutation: name, words, checker: caughtBy, planted, caught: planted - missed.length, missed }
}

function anyHistory(seed: number): History {
  return simulateHistory({
    seed,
    operations: 120,
    sessions: 3,
    registers: 2,
    lists: 2,
    width: 1 + (seed % 3),
    troubleShare: 0.3,
    laggingReads: false,
    versions: seed % 2 === 0,
  })
}
