import { type Checker, Findings } from "./checker.ts"
import { checkSessionLists } from "./session-lists.ts"
import { checkSessionRegisters } from "./session-registers.ts"

/** Each read of a session sees all that the reads it had finished before have seen. */
export const monotonicReads: Checker = {
  name: "monotonic-reads",
  claim: "no session reads older than what it has read before",
  check(history) {
    const findings = new Findings()
    checkSessionRegisters(history, "read", findings)
    checkSessionLists(history, "read", findings)
    return findings.verdict(this.name)
  },
}
