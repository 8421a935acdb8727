import { acknowledgedOnce } from "./acknowledged-once.ts"
import type { Checker } from "./checker.ts"
import type { Excuse } from "./excuse.ts"
import { linearizableRegisters } from "./linearizable-registers.ts"
import { monotonicReads } from "./monotonic-reads.ts"
import { noUnexcusedFailure } from "./no-unexcused-failure.ts"
import { nothingUnsent } from "./nothing-unsent.ts"
import { readYourWrites } from "./read-your-writes.ts"

/** All of them. */
export function everyChecker(excuses: readonly Excuse[]): Checker[] {
  return [
    acknowledgedOnce,
    nothingUnsent,
    readYourWrites,
    monotonicReads,
    linearizableRegisters(),
    noUnexcusedFailure(excuses),
  ]
}
