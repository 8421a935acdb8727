import type { History, Operation } from "../history/history.ts"
import { type Findings, nameOf } from "./checker.ts"
import { byAnswer, byKey, listKinds } from "./operation-order.ts"
import { SentValues } from "./sent-values.ts"
import type { Binding } from "./session-registers.ts"

/** What a session knows about the items of one list. */
type Known = {
  readonly present: Map<string, Sighting>
  /** By the operation since whose answer it is gone; the first, which binds the most. */
  readonly gone: Map<string, Operation>
}

type Sighting = {
  /** Since whose answer the item is known. */
  readonly by: Operation
  /** The latest list that has shown it. */
  shownBy: Operation | undefined
}

/**
 * Lists seen by one session keep what binds it: an item it added or has seen is there until somebody removes it, and
 * one that is gone stays gone, because every item is added only once.
 */
export function checkSessionLists(history: History, binding: Binding, findings: Findings): void {
  for (const [key, operations] of byKey(history.operations, listKinds))
    checkList(key, operations, binding, findings)
}

function checkList(
  key: string,
  operations: readonly Operation[],
  binding: Binding,
  findings: Findings,
): void {
  const added = new SentValues(operations, "add")
  const removed = new SentValues(operations, "remove")
  const knowledge = new Map<string, Known>()
  const learns = binding === "read"
  const mayBeRemoved = (item: string, list: Operation) =>
    (removed.get(key, item)?.firstInvokedOrder ?? Number.POSITIVE_INFINITY) < list.returnedOrder!
  for (const operation of byAnswer(operations)) {
    const { kind, session, value, outcome } = operation
    if (outcome !== "ok") continue
    const known: Known = knowledge.get(session) ?? { present: new Map(), gone: new Map() }
    knowledge.set(session, known)
    if (kind === "list") {
      findings.checked(known.present.size + known.gone.size)
      const isWhole = lookThrough(operation, known, learns, findings)
      if (!isWhole) lookForMissing(operation, known, learns, mayBeRemoved, findings)
    } else if (binding === "write" && value !== undefined) {
      if (kind === "add") known.present.set(value, { by: operation, shownBy: undefined })
      else if (!known.gone.has(value) && wasThere(added, key, value, operation))
        known.gone.set(value, operation)
    }
  }
}

/** Notes what the list shows, and objects to what was gone. Returns whether all that is known is there. */
function lookThrough(
  list: Operation,
  { present, gone }: Known,
  learns: boolean,
  findings: Findings,
): boolean {
  let shown = 0
  for (const item of list.items ?? []) {
    const sighting = present.get(item)
    // An item shown twice counts once.
    if (sighting !== undefined && sighting.shownBy !== list) {
      sighting.shownBy = list
      shown++
    }
    const by = gone.size === 0 ? undefined : gone.get(item)
    if (by !== undefined && isBound(list, by)) {
      const words = `${nameOf(list)} of ${list.key} shows \`${item}\` again, gone since ${nameOf(by)}`
      findings.violation("back-again", words, [by, list])
    }
    if (sighting !== undefined || !learns) continue
    present.set(item, { by: list, shownBy: list })
    shown++
  }
  return shown === present.size
}

/** Objects to what the list lacks and nobody may have removed; a session that learns knows it as gone from now on. */
function lookForMissing(
  list: Operation,
  { present, gone }: Known,
  learns: boolean,
  mayBeRemoved: (item: string, by: Operation) => boolean,
  findings: Findings,
): void {
  for (const [item, { by, shownBy }] of present) {
    // A list that began before the item was known proves nothing by its absence.
    if (shownBy === list || !isBound(list, by)) continue
    if (!mayBeRemoved(item, list)) {
      const words = `${nameOf(list)} of ${list.key} lacks \`${item}\`, known since ${nameOf(by)}`
      findings.violation("missing", words, [by, list])
    }
    if (!learns) continue
    present.delete(item)
    gone.set(item, list)
  }
}

/** The list began after the session knew. */
function isBound(list: Operation, by: Operation): boolean {
  return by.returnedOrder! < list.invokedOrder
}

/** The item's add was over before its removal began: it cannot have come after it. */
function wasThere(added: SentValues, key: string, item: string, removal: Operation): boolean {
  const add = added.get(key, item)
  return add?.effective !== undefined && add.lastEndOrder < removal.invokedOrder
}
