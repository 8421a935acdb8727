import type { History, Operation } from "../../history/history.ts"
import { intervalsOf } from "../excuse.ts"
import { type Mutation, pick, withOperation, withOperations } from "./mutation.ts"

const unexcused = "no-unexcused-failure"

/** Failures that no excuse of a simulated history speaks for. */
export const failureMutations: readonly Mutation[] = [
  {
    name: "failure-in-peace",
    words: "a request timed out while there was no fault",
    caughtBy: unexcused,
    plant(history, random) {
      const operation = pick(random, peaceful(history))
      return operation && withOperation(history, operation, { outcome: "unknown", failure: "timeout" })
    },
  },
  {
    name: "refused-in-peace",
    words: "a request was refused while there was no fault",
    caughtBy: unexcused,
    plant(history, random) {
      const operation = pick(random, peaceful(history))
      return operation && withOperation(history, operation, { outcome: "failed", failure: "refused" })
    },
  },
  {
    name: "never-answered",
    words: "a request was never answered, and its whole life lies after the last fault",
    caughtBy: unexcused,
    plant(history, random) {
      const quietMs = Math.max(0, ...windows(history).map(({ untilMs }) => untilMs))
      const operation = pick(
        random,
        history.operations.filter(({ invokedMs }) => invokedMs > quietMs),
      )
      if (operation === undefined) return undefined
      const { returnedOrder: _, returnedMs: __, ...others } = operation
      return withOperations(history, new Map([[operation, { ...others, outcome: "unknown" }]]))
    },
  },
  {
    name: "failed-another-way",
    words: "a request failed during a fault, but in a way the fault does not explain",
    caughtBy: unexcused,
    plant(history, random) {
      const failed = pick(
        random,
        history.operations.filter(({ failure }) => failure !== undefined),
      )
      return failed && withOperation(history, failed, { failure: "framing" })
    },
  },
  {
    name: "repeatable-failed",
    words: "a repeatable request was reset, where only others are excused",
    caughtBy: unexcused,
    plant(history, random) {
      const reset = pick(
        random,
        history.operations.filter(({ failure }) => failure === "resetReused"),
      )
      return reset && withOperation(history, reset, { method: "GET" })
    },
  },
]

function windows({ events }: History) {
  return intervalsOf({ opens: "freeze", closes: "thaw" }, events)
}

/** Answered well, and over before any fault or begun after it. */
function peaceful(history: History): Operation[] {
  const faults = windows(history)
  return history.operations.filter(
    ({ outcome, invokedMs, returnedMs }) =>
      outcome === "ok" &&
      !faults.some(({ fromMs, untilMs }) => invokedMs <= untilMs && returnedMs! >= fromMs),
  )
}
