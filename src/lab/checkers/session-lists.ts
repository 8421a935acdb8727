import type { History, Operation } from "../history/history.ts"
import { type Findings, nameOf } from "./checker.ts"
import { replay } from "./operation-order.ts"
import { SentValues } from "./sent-values.ts"
import type { Binding } from "./session-registers.ts"

/** What a session knows about the items of one list: since when, and from which operation. */
type Known = {
  readonly present: Map<string, Operation>
  readonly gone: Map<string, Operation>
}

/**
 * Lists seen by one session keep what binds it: an item it added or has seen is there until somebody removes it, and
 * one that is gone stays gone, because every item is added only once.
 */
export function checkSessionLists(history: History, binding: Binding, findings: Findings): void {
  const added = new SentValues(history.operations, "add")
  const removed = new SentValues(history.operations, "remove")
  const knowledge = new Map<string, Map<string, Known>>()
  const knownBy = ({ session, key }: Operation): Known => {
    let ofSession = knowledge.get(session)
    if (ofSession === undefined) knowledge.set(session, (ofSession = new Map()))
    let known = ofSession.get(key)
    if (known === undefined) ofSession.set(key, (known = { present: new Map(), gone: new Map() }))
    return known
  }
  const mayBeRemoved = (item: string, by: Operation) =>
    (removed.get(by.key, item)?.firstInvokedOrder ?? Number.POSITIVE_INFINITY) < by.returnedOrder!
  replay(history.operations, {
    invoked: () => {},
    returned: operation => {
      const { kind, key, value, outcome } = operation
      if (outcome !== "ok") return
      if (kind === "list") {
        const known = knownBy(operation)
        const items = new Set(operation.items)
        judge(operation, items, known, mayBeRemoved, findings)
        if (binding === "read") learn(operation, items, known)
      }
      if (binding !== "write" || value === undefined) return
      if (kind === "add") knownBy(operation).present.set(value, operation)
      if (kind === "remove" && wasThere(added, key, value, operation))
        knownBy(operation).gone.set(value, operation)
    },
  })
}

function judge(
  list: Operation,
  items: ReadonlySet<string>,
  { present, gone }: Known,
  mayBeRemoved: (item: string, by: Operation) => boolean,
  findings: Findings,
): void {
  for (const [item, by] of present) {
    if (by.returnedOrder! >= list.invokedOrder) continue
    findings.checked()
    if (items.has(item) || mayBeRemoved(item, list)) continue
    const words = `${nameOf(list)} of ${list.key} lacks \`${item}\`, known since ${nameOf(by)}`
    findings.violation("missing", words, [by, list])
  }
  for (const [item, by] of gone) {
    if (by.returnedOrder! >= list.invokedOrder) continue
    findings.checked()
    if (!items.has(item)) continue
    const words = `${nameOf(list)} of ${list.key} shows \`${item}\` again, gone since ${nameOf(by)}`
    findings.violation("back-again", words, [by, list])
  }
}

/** What a list showed is present from now on; what an earlier one had shown and this does not, is gone. */
function learn(list: Operation, items: ReadonlySet<string>, { present, gone }: Known): void {
  for (const item of items) if (!present.has(item)) present.set(item, list)
  for (const [item, by] of present) {
    // A list that began before the item was seen proves nothing by its absence.
    if (items.has(item) || by.returnedOrder! >= list.invokedOrder) continue
    present.delete(item)
    gone.set(item, list)
  }
}

/** The item's add was over before its removal began: it cannot have come after it. */
function wasThere(added: SentValues, key: string, item: string, removal: Operation): boolean {
  const add = added.get(key, item)
  return add?.effective !== undefined && add.lastEndOrder < removal.invokedOrder
}
