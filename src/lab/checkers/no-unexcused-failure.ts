import type { History } from "../history/history.ts"
import { type Checker, Findings, nameOf } from "./checker.ts"
import { type Excuse, excuses, intervalsOf, noAnswer } from "./excuse.ts"

/** Every request that was not answered as it should is spoken for by an excuse of the scenario; the first that fits. */
export function noUnexcusedFailure(scenarioExcuses: readonly Excuse[]): Checker {
  return {
    name: "no-unexcused-failure",
    claim: "no request failed without an excuse listed in the scenario",
    check({ operations, events }: History) {
      const findings = new Findings()
      const listed = scenarioExcuses.map(excuse => ({
        excuse,
        open: excuse.during === undefined ? [] : intervalsOf(excuse.during, events),
        left: excuse.atMost ?? Number.POSITIVE_INFINITY,
      }))
      for (const operation of operations) {
        findings.checked()
        if (operation.outcome === "ok") continue
        const speaking = listed.find(({ excuse, open, left }) => left > 0 && excuses(excuse, operation, open))
        if (speaking !== undefined) {
          speaking.left--
          continue
        }
        const { method = "", key, failure = noAnswer, detail = "", invokedMs } = operation
        const words = `${nameOf(operation)} failed at ${Math.round(invokedMs)} ms: ${failure} ${method} ${key} ${detail}`
        findings.violation("unexcused", words.trim(), [operation])
      }
      return findings.verdict(this.name)
    },
  }
}
