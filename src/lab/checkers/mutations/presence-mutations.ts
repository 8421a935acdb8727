import type { Random } from "../../../kit/random.ts"
import type { History, Operation } from "../../history/history.ts"
import {
  acknowledged,
  type Mutation,
  pairs,
  pick,
  seeing,
  withOperation,
  withOperations,
} from "./mutation.ts"

const once = "acknowledged-once"
const unsent = "nothing-unsent"

/** What is in the end, or ever, there and should not be; or should be, and is not. */
export const presenceMutations: readonly Mutation[] = [
  {
    name: "lost",
    words: "an acknowledged item is not there in the end",
    caughtBy: once,
    plant: (history, random) => withoutFinal(history, pick(random, keptAdds(history))),
  },
  {
    name: "acknowledged-then-gone",
    words: "an acknowledged item was shown by a list, and is not there in the end",
    caughtBy: once,
    plant: (history, random) =>
      withoutFinal(history, pick(random, keptAdds(history).filter(shownIn(history)))),
  },
  {
    name: "seen-then-gone",
    words: "an item of unknown outcome was shown by a list, and is not there in the end",
    caughtBy: once,
    plant: (history, random) => {
      const open = finalAdds(history).filter(({ outcome }) => outcome === "unknown")
      const unremoved = open.filter(add => !isRemoved(history, add))
      return withoutFinal(history, pick(random, unremoved.filter(shownIn(history))))
    },
  },
  {
    name: "list-lost",
    words: "a whole list with acknowledged items is empty in the end",
    caughtBy: once,
    plant(history, random) {
      const add = pick(random, keptAdds(history))
      const empty = (key: string) => key === add?.key
      const finals = history.finals.map(({ key, items }) => ({ key, items: empty(key) ? [] : items }))
      return add && { ...history, finals }
    },
  },
  {
    name: "doubled",
    words: "an item lies on two shards",
    caughtBy: once,
    plant: (history, random) => alsoFinal(history, pick(random, finalAdds(history))),
  },
  {
    name: "doubled-unknown",
    words: "an item of unknown outcome was applied twice",
    caughtBy: once,
    plant: (history, random) =>
      alsoFinal(
        history,
        pick(
          random,
          finalAdds(history).filter(({ outcome }) => outcome === "unknown"),
        ),
      ),
  },
  {
    name: "doubled-meanwhile",
    words: "a list showed an item twice",
    caughtBy: once,
    plant(history, random) {
      const list = pick(
        random,
        acknowledged(history, "list").filter(({ items }) => items!.length > 0),
      )
      return list && withOperation(history, list, { items: [...list.items!, pick(random, list.items!)!] })
    },
  },
  {
    name: "removed-and-back",
    words: "an item is there again after its removal was acknowledged",
    caughtBy: once,
    plant(history, random) {
      const removals = acknowledged(history, "remove")
      const found = pairs(
        random,
        acknowledged(history, "add"),
        removals,
        (add, { value }) => add.value === value,
      )
      return alsoFinal(history, pick(random, found)?.[0])
    },
  },
  {
    name: "phantom-item",
    words: "an item is there in the end that nobody sent",
    caughtBy: unsent,
    plant(history) {
      const key = history.finals[0]?.key
      return key === undefined ? undefined : withFinal(history, key, "nobody's")
    },
  },
  {
    name: "phantom-value",
    words: "a read saw a value that nobody sent",
    caughtBy: unsent,
    plant(history, random) {
      const read = pick(random, acknowledged(history, "read"))
      return read && withOperation(history, read, { saw: "nobody's" })
    },
  },
  {
    name: "failed-item-there",
    words: "an item whose add failed for sure is there in the end",
    caughtBy: unsent,
    plant: (history, random) => alsoFinal(history, pick(random, failed(history, "add"))),
  },
  {
    name: "failed-value-seen",
    words: "a read saw a value whose write had failed for sure",
    caughtBy: unsent,
    plant: (history, random) => seeingOf(history, random, failed(history, "write"), () => true),
  },
  {
    name: "time-travel",
    words: "a read saw a value that was sent only later",
    caughtBy: unsent,
    plant: (history, random) =>
      seeingOf(
        history,
        random,
        acknowledged(history, "write"),
        (read, write) => read.returnedOrder! < write.invokedOrder,
      ),
  },
  {
    name: "time-travel-item",
    words: "a list showed an item that was sent only later",
    caughtBy: unsent,
    plant(history, random) {
      const found = pick(random, pairs(random, acknowledged(history, "list"), acknowledged(history, "add")))
      return found && withOperation(history, found[0], { items: [...found[0].items!, found[1].value!] })
    },
  },
  {
    name: "crossed-keys",
    words: "a read saw the value of another register",
    caughtBy: unsent,
    plant(history, random) {
      const write = pick(random, acknowledged(history, "write"))
      const read = pick(
        random,
        acknowledged(history, "read").filter(({ key }) => key !== write?.key),
      )
      if (read === undefined || write === undefined) return undefined
      return withOperations(history, new Map([[read, seeing(read, write.value!)]]))
    },
  },
]

function failed(history: History, kind: Operation["kind"]): Operation[] {
  return history.operations.filter(operation => operation.kind === kind && operation.outcome === "failed")
}

function seeingOf(
  history: History,
  random: Random,
  writes: readonly Operation[],
  fits: (read: Operation, write: Operation) => boolean,
): History | undefined {
  const write = pick(random, writes)
  if (write === undefined) return undefined
  const reads = acknowledged(history, "read").filter(read => read.key === write.key && fits(read, write))
  const read = pick(random, reads)
  return read && withOperations(history, new Map([[read, seeing(read, write.value!)]]))
}

/** Adds whose item is there in the end. */
function finalAdds({ operations, finals }: History): Operation[] {
  const there = new Set(finals.flatMap(({ key, items }) => items.map(item => `${key} ${item}`)))
  return operations.filter(({ kind, key, value }) => kind === "add" && there.has(`${key} ${value}`))
}

/** Of those the acknowledged ones that nobody tried to remove. */
function keptAdds(history: History): Operation[] {
  return finalAdds(history).filter(add => add.outcome === "ok" && !isRemoved(history, add))
}

function isRemoved({ operations }: History, add: Operation): boolean {
  return operations.some(
    ({ kind, key, value, outcome }) =>
      kind === "remove" && key === add.key && value === add.value && outcome !== "failed",
  )
}

function shownIn(history: History): (add: Operation) => boolean {
  const lists = acknowledged(history, "list")
  return ({ key, value }) => lists.some(list => list.key === key && list.items!.includes(value!))
}

function withoutFinal(history: History, add: Operation | undefined): History | undefined {
  if (add === undefined) return undefined
  const finals = history.finals.map(({ key, items }) => ({
    key,
    items: key === add.key ? items.filter(item => item !== add.value) : items,
  }))
  return { ...history, finals }
}

function alsoFinal(history: History, add: Operation | undefined): History | undefined {
  return add && withFinal(history, add.key, add.value!)
}

function withFinal(history: History, key: string, item: string): History {
  return { ...history, finals: [...history.finals, { key, items: [item] }] }
}
