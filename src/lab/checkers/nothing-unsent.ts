import type { History, Operation } from "../history/history.ts"
import { type Checker, Findings, nameOf } from "./checker.ts"
import { SentValues } from "./sent-values.ts"

/**
 * Whatever is seen was sent before, under that key, by a write that has not failed for sure. What became of a write
 * with an unknown outcome is open: present and absent are both right.
 */
export const nothingUnsent: Checker = {
  name: "nothing-unsent",
  claim: "every value seen was sent before it was seen, by a write that did not fail for sure",
  check({ operations, finals }: History) {
    const findings = new Findings()
    const written = new SentValues(operations, "write")
    const added = new SentValues(operations, "add")
    const judge = (sent: SentValues, key: string, value: string, seenBy: Operation | undefined) => {
      findings.checked()
      const found = fault(sent, key, value, seenBy?.returnedOrder ?? Number.POSITIVE_INFINITY)
      if (found === undefined) return
      const by = seenBy === undefined ? "the final read" : nameOf(seenBy)
      const words = `${by} saw \`${value}\` under ${key}, ${found.words}`
      findings.violation(
        found.rule,
        words,
        [found.writer, seenBy].filter(one => one !== undefined),
      )
    }
    for (const operation of operations) {
      const { kind, key, saw, items, outcome } = operation
      if (outcome !== "ok") continue
      if (kind === "read" && typeof saw === "string") judge(written, key, saw, operation)
      if (kind === "list") for (const item of items ?? []) judge(added, key, item, operation)
    }
    for (const { key, items } of finals) for (const item of items) judge(added, key, item, undefined)
    return findings.verdict(this.name)
  },
}

function fault(sent: SentValues, key: string, value: string, seenOrder: number) {
  const writes = sent.get(key, value)
  if (writes === undefined) return { rule: "phantom", words: "which nobody sent there", writer: undefined }
  if (writes.effective === undefined)
    return { rule: "resurrected", words: `but ${nameOf(writes.any)} had failed for sure`, writer: writes.any }
  if (writes.firstInvokedOrder > seenOrder)
    return {
      rule: "from-the-future",
      words: `but ${nameOf(writes.effective)} was sent only later`,
      writer: writes.effective,
    }
  return undefined
}
