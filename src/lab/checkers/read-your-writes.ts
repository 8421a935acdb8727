import { type Checker, Findings } from "./checker.ts"
import { checkSessionLists } from "./session-lists.ts"
import { checkSessionRegisters } from "./session-registers.ts"

/** Each read of a session, through whatever replica or cache, sees all the session has had acknowledged before. */
export const readYourWrites: Checker = {
  name: "read-your-writes",
  claim: "no session reads older than its own acknowledged writes",
  check(history) {
    const findings = new Findings()
    checkSessionRegisters(history, "write", findings)
    checkSessionLists(history, "write", findings)
    return findings.verdict(this.name)
  },
}
