import { type Random, randomInt } from "../../../kit/random.ts"
import type { History, Operation } from "../../history/history.ts"

/** A lie told about a true history: what a broken service would have made of it. */
export type Mutation = {
  readonly name: string
  /** What has happened, as a sentence. */
  readonly words: string
  /** The checker that must catch it; others may as well. */
  readonly caughtBy: string
  /** The history with the violation in it, or undefined when there is no place for it. The given one stays as it is. */
  plant(history: History, random: Random): History | undefined
}

export function pick<T>(random: Random, from: readonly T[]): T | undefined {
  return from[randomInt(random, from.length)]
}

export function pickMany<T>(random: Random, from: readonly T[], most: number): T[] {
  const start = randomInt(random, Math.max(1, from.length))
  return [...from.slice(start), ...from.slice(0, start)].slice(0, most)
}

export function withOperations(history: History, changed: ReadonlyMap<Operation, Operation>): History {
  return { ...history, operations: history.operations.map(operation => changed.get(operation) ?? operation) }
}

export function withOperation(history: History, operation: Operation, changes: Partial<Operation>): History {
  return withOperations(history, new Map([[operation, { ...operation, ...changes }]]))
}

/** The read as it would be, had it seen this; it does not tell a version. */
export function seeing(read: Operation, saw: string | null): Operation {
  const { version: _, ...others } = read
  return { ...others, saw }
}

export function acknowledged(history: History, kind: Operation["kind"]): Operation[] {
  return history.operations.filter(operation => operation.kind === kind && operation.outcome === "ok")
}

/** Over before the other began. */
export function precedes(before: Operation, after: Operation): boolean {
  return before.outcome !== "unknown" && before.returnedOrder! < after.invokedOrder
}

export type Pair = readonly [before: Operation, after: Operation]

/** Pairs about one key, the first over before the second began; at most `most`, from a random place on. */
export function pairs(
  random: Random,
  befores: readonly Operation[],
  afters: readonly Operation[],
  fits: (before: Operation, after: Operation) => boolean = () => true,
  most = 200,
): Pair[] {
  const found: Pair[] = []
  for (const before of pickMany(random, befores, befores.length)) {
    for (const after of afters) {
      if (found.length >= most) return found
      if (before.key === after.key && precedes(before, after) && fits(before, after))
        found.push([before, after])
    }
  }
  return found
}

export const sameSession = (before: Operation, after: Operation) => before.session === after.session

/** No removal of this item had begun when the operation ended. */
export function isKept(history: History, item: string, { key, returnedOrder }: Operation): boolean {
  return !history.operations.some(
    other =>
      other.kind === "remove" &&
      other.key === key &&
      other.value === item &&
      other.outcome !== "failed" &&
      other.invokedOrder < returnedOrder!,
  )
}
