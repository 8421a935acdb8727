import type { History, Operation } from "../history/history.ts"
import { type Checker, Findings, nameOf } from "./checker.ts"
import { type SentValue, SentValues } from "./sent-values.ts"

/**
 * Holds every `add` against the final read of everything. An acknowledged item is there exactly once; so is one whose
 * outcome is unknown but that some list has shown; no item is ever there twice; a removed one does not come back.
 */
export const acknowledgedOnce: Checker = {
  name: "acknowledged-once",
  claim: "every acknowledged item is present exactly once in the final read, every removed one is gone",
  check({ operations, finals }: History) {
    const findings = new Findings()
    const added = new SentValues(operations, "add")
    if (finals.length === 0) {
      findings.unknown("the history holds no final read")
      return findings.verdict(this.name)
    }
    const removed = new SentValues(operations, "remove")
    const shown = firstSightings(operations, findings)
    const present = countsOf(finals)
    for (const key of added.keys()) {
      for (const [item, add] of added.of(key)) {
        findings.checked()
        const times = present.get(key)?.get(item) ?? 0
        const seen = shown.get(key)?.get(item)
        const found = fault(times, add, removed.get(key, item), seen)
        if (found === undefined) continue
        const words = `\`${item}\` of ${key} ${found.words}`
        findings.violation(found.rule, words, found.operations)
      }
    }
    return findings.verdict(this.name)
  },
}

type Found = { readonly rule: string; readonly words: string; readonly operations: readonly Operation[] }

function fault(
  times: number,
  add: SentValue,
  removal: SentValue | undefined,
  seen: Operation | undefined,
): Found | undefined {
  const { effective, acknowledged, lastEndOrder, any } = add
  if (times > 1)
    return { rule: "doubled", words: `is there ${times} times: ${nameOf(any)}`, operations: [any] }
  if (times === 1) {
    const removed = removal?.acknowledged
    // An add that was still under way when its removal began may well have come after it.
    if (removed === undefined || effective === undefined || lastEndOrder > removed.invokedOrder)
      return undefined
    const words = `is there again after ${nameOf(removed)} was acknowledged`
    return { rule: "removed-and-back", words, operations: [effective, removed] }
  }
  if (removal?.effective !== undefined) return undefined
  if (effective !== undefined && seen !== undefined) {
    const words = `is gone, though ${nameOf(seen)} had shown it`
    return { rule: "seen-then-gone", words, operations: [effective, seen] }
  }
  if (acknowledged === undefined) return undefined
  const words = `is not there, though ${nameOf(acknowledged)} was acknowledged`
  return { rule: "lost", words, operations: [acknowledged] }
}

/** The first list that showed each item; one that shows an item twice is wrong by itself. */
function firstSightings(
  operations: readonly Operation[],
  findings: Findings,
): Map<string, Map<string, Operation>> {
  const sightings = new Map<string, Map<string, Operation>>()
  for (const operation of operations) {
    if (operation.kind !== "list" || operation.items === undefined || operation.outcome !== "ok") continue
    let ofKey = sightings.get(operation.key)
    if (ofKey === undefined) sightings.set(operation.key, (ofKey = new Map()))
    const inThis = new Set<string>()
    for (const item of operation.items) {
      if (inThis.has(item))
        findings.violation("doubled", `${nameOf(operation)} shows \`${item}\` twice`, [operation])
      inThis.add(item)
      if (!ofKey.has(item)) ofKey.set(item, operation)
    }
  }
  return sightings
}

function countsOf(finals: History["finals"]): Map<string, Map<string, number>> {
  const counts = new Map<string, Map<string, number>>()
  for (const { key, items } of finals) {
    const ofKey = counts.get(key) ?? new Map<string, number>()
    counts.set(key, ofKey)
    for (const item of items) ofKey.set(item, (ofKey.get(item) ?? 0) + 1)
  }
  return counts
}
