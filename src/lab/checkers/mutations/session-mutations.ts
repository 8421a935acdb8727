import type { Random } from "../../../kit/random.ts"
import type { History, Operation } from "../../history/history.ts"
import {
  acknowledged,
  isKept,
  type Mutation,
  type Pair,
  pairs,
  precedes,
  sameSession,
  seeing,
  withOperation,
  withOperations,
} from "./mutation.ts"

const ownWrites = "read-your-writes"
const monotonic = "monotonic-reads"

/** What one session must not see after what it has written or read. */
export const sessionMutations: readonly Mutation[] = [
  {
    name: "own-write-unseen",
    words: "a session read nothing after its own write",
    caughtBy: ownWrites,
    plant: (history, random) =>
      withPair(own(history, random, "write", "read"), random, ([, read]) =>
        withOperations(history, new Map([[read, seeing(read, null)]])),
      ),
  },
  {
    name: "own-write-stale",
    words: "a session read its older write after its newer one",
    caughtBy: ownWrites,
    plant: (history, random) =>
      withPair(own(history, random, "write", "read"), random, ([write, read]) => {
        const older = acknowledged(history, "write").find(
          other => other.key === write.key && precedes(other, write),
        )
        return older && withOperations(history, new Map([[read, seeing(read, older.value!)]]))
      }),
  },
  {
    name: "own-version-behind",
    words: "a session read a version below that of its own write",
    caughtBy: ownWrites,
    plant: (history, random) => versionBack(history, random, "write"),
  },
  {
    name: "own-add-unseen",
    words: "a list lacks what its session had added",
    caughtBy: ownWrites,
    plant: (history, random) =>
      withPair(own(history, random, "add", "list"), random, ([{ value }, list]) =>
        without(history, list, value!),
      ),
  },
  {
    name: "own-removal-undone",
    words: "a list shows what its session had removed",
    caughtBy: ownWrites,
    plant(history, random) {
      const adds = acknowledged(history, "add")
      return withPair(own(history, random, "remove", "list"), random, ([removal, list]) =>
        adds.some(add => add.key === removal.key && add.value === removal.value && precedes(add, removal))
          ? withOperation(history, list, { items: [...list.items!, removal.value!] })
          : undefined,
      )
    },
  },
  {
    name: "read-back-to-nothing",
    words: "a session read nothing after it had read a value",
    caughtBy: monotonic,
    plant: (history, random) =>
      withPair(own(history, random, "read", "read"), random, ([first, second]) =>
        first.saw === null ? undefined : withOperations(history, new Map([[second, seeing(second, null)]])),
      ),
  },
  {
    name: "reads-reordered",
    words: "a session saw two values in the order opposite to their writes",
    caughtBy: monotonic,
    plant: (history, random) =>
      withPair(own(history, random, "read", "read"), random, pair => swapped(history, pair)),
  },
  {
    name: "version-back",
    words: "a session read a lower version than before",
    caughtBy: monotonic,
    plant: (history, random) => versionBack(history, random, "read"),
  },
  {
    name: "item-vanishes",
    words: "a list lacks what an earlier one of the session had shown",
    caughtBy: monotonic,
    plant: (history, random) =>
      withPair(own(history, random, "list", "list"), random, ([first, second]) => {
        const item = first.items!.find(shown => isKept(history, shown, second))
        return item === undefined ? undefined : without(history, second, item)
      }),
  },
  {
    name: "item-flickers",
    words: "a list shows an item that was there before and gone since, for the same session",
    caughtBy: monotonic,
    plant(history, random) {
      const steps = own(history, random, "list", "list")
      return withPair(steps, random, ([first, second]) => {
        const item = first.items!.find(shown => !second.items!.includes(shown))
        const third = acknowledged(history, "list").find(
          list => list.key === second.key && sameSession(list, second) && precedes(second, list),
        )
        if (item === undefined || third === undefined) return undefined
        return withOperation(history, third, { items: [...third.items!, item] })
      })
    },
  },
]

/** Swaps what two reads saw, if the second saw a value that was for sure written after the first one's. */
export function swapped(history: History, [first, second]: Pair): History | undefined {
  const writes = acknowledged(history, "write").filter(({ key }) => key === first.key)
  const [older, newer] = [first, second].map(({ saw }) => writes.find(({ value }) => value === saw))
  if (older === undefined || newer === undefined || !precedes(older, newer)) return undefined
  return withOperations(
    history,
    new Map([
      [first, seeing(first, second.saw!)],
      [second, seeing(second, first.saw!)],
    ]),
  )
}

/** The first of the pairs, from a random one on, in which it can be planted. */
export function withPair(
  found: readonly Pair[],
  random: Random,
  plant: (pair: Pair) => History | undefined,
): History | undefined {
  const start = Math.floor(random() * found.length)
  for (const pair of [...found.slice(start), ...found.slice(0, start)]) {
    const planted = plant(pair)
    if (planted !== undefined) return planted
  }
  return undefined
}

function own(history: History, random: Random, first: Operation["kind"], second: Operation["kind"]): Pair[] {
  return pairs(random, acknowledged(history, first), acknowledged(history, second), sameSession)
}

function versionBack(history: History, random: Random, first: "write" | "read"): History | undefined {
  return withPair(own(history, random, first, "read"), random, ([before, read]) =>
    before.version === undefined || read.version === undefined
      ? undefined
      : withOperation(history, read, { version: before.version - 1 }),
  )
}

function without(history: History, list: Operation, item: string): History | undefined {
  return isKept(history, item, list)
    ? withOperation(history, list, { items: list.items!.filter(other => other !== item) })
    : undefined
}
