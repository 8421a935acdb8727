import type { History, Operation } from "../../history/history.ts"
import { acknowledged, type Mutation, pairs, pick, precedes, seeing, withOperations } from "./mutation.ts"
import { swapped, withPair } from "./session-mutations.ts"

const linearizable = "linearizable-registers"

/** What no single register in one place would show, whoever looks. */
export const orderMutations: readonly Mutation[] = [
  {
    name: "stale-read",
    words: "somebody read nothing after another's write was acknowledged",
    caughtBy: linearizable,
    plant(history, random) {
      const found = pick(random, writesThenReads(history, random))
      return found && saying(history, [found[1]], null)
    },
  },
  {
    name: "stale-replica",
    words: "somebody read a value that had been overwritten before",
    caughtBy: linearizable,
    plant: (history, random) =>
      withPair(writesThenReads(history, random), random, ([write, read]) => {
        const older = olderThan(history, write)
        return older && saying(history, [read], older.value!)
      }),
  },
  {
    name: "lost-update",
    words: "an acknowledged write was seen by nobody; all read what was there before",
    caughtBy: linearizable,
    plant: (history, random) =>
      withPair(writesThenReads(history, random), random, ([write, read]) => {
        if (read.saw !== write.value) return undefined
        const reads = history.operations.filter(({ kind, saw }) => kind === "read" && saw === write.value)
        return saying(history, reads, olderThan(history, write)?.value ?? null)
      }),
  },
  {
    name: "acknowledged-then-gone",
    words: "a register is as if it had never been written, in the end",
    caughtBy: linearizable,
    plant(history, random) {
      const finals = acknowledged(history, "read").filter(({ session }) => session === "final")
      const found = pick(random, pairs(random, acknowledged(history, "write"), finals))
      return found && saying(history, [found[1]], null)
    },
  },
  {
    name: "resurrected",
    words: "an overwritten value is back in the end",
    caughtBy: linearizable,
    plant(history, random) {
      const finals = acknowledged(history, "read").filter(({ session }) => session === "final")
      return withPair(pairs(random, acknowledged(history, "write"), finals), random, ([write, read]) => {
        const older = olderThan(history, write)
        return older && saying(history, [read], older.value!)
      })
    },
  },
  {
    name: "reordered",
    words: "two values were seen in the order opposite to their writes, by whomever",
    caughtBy: linearizable,
    plant(history, random) {
      const reads = acknowledged(history, "read")
      return withPair(pairs(random, reads, reads), random, pair => swapped(history, pair))
    },
  },
  {
    name: "time-travel",
    words: "somebody read a value before it was sent",
    caughtBy: linearizable,
    plant(history, random) {
      const found = pick(random, pairs(random, acknowledged(history, "read"), acknowledged(history, "write")))
      return found && saying(history, [found[0]], found[1].value!)
    },
  },
  {
    name: "failed-write-seen",
    words: "somebody read what had failed for sure",
    caughtBy: linearizable,
    plant(history, random) {
      const failed = history.operations.filter(
        ({ kind, outcome }) => kind === "write" && outcome === "failed",
      )
      const write = pick(random, failed)
      const reads = acknowledged(history, "read").filter(({ key }) => key === write?.key)
      const read = pick(random, reads)
      return read && saying(history, [read], write!.value!)
    },
  },
  {
    name: "two-primaries",
    words: "two primaries each acknowledged a write and each showed its own, one after the other and back",
    caughtBy: linearizable,
    plant(history, random) {
      const reads = acknowledged(history, "read")
      return withPair(pairs(random, reads, reads), random, ([first, last]) => {
        const between = reads.find(
          read => read.key === first.key && precedes(first, read) && precedes(read, last),
        )
        const other = acknowledged(history, "write").find(
          write =>
            write.key === first.key &&
            write.value !== first.saw &&
            between !== undefined &&
            write.invokedOrder < between.invokedOrder,
        )
        if (first.saw === null || between === undefined || other === undefined) return undefined
        const told = saying(history, [between], other.value!)
        const end = told.operations.find(({ id }) => id === last.id)!
        return saying(told, [end], first.saw!)
      })
    },
  },
]

function writesThenReads(history: History, random: () => number) {
  return pairs(random, acknowledged(history, "write"), acknowledged(history, "read"))
}

function olderThan(history: History, write: Operation): Operation | undefined {
  return acknowledged(history, "write").find(other => other.key === write.key && precedes(other, write))
}

function saying(history: History, reads: readonly Operation[], saw: string | null): History {
  return withOperations(history, new Map(reads.map(read => [read, seeing(read, saw)])))
}
