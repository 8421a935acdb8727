import type { Operation } from "../history/history.ts"

/** From when on nothing of it can happen any more: never, as long as its outcome is unknown. */
export function endOrder({ outcome, returnedOrder }: Operation): number {
  return outcome === "unknown" ? Number.POSITIVE_INFINITY : (returnedOrder ?? Number.POSITIVE_INFINITY)
}

/** It may have changed something, now or later. */
export function mayHaveEffect({ outcome }: Operation): boolean {
  return outcome !== "failed"
}

/** Hands out every begin and every answer as they followed each other. `operations` by `invokedOrder`. */
export function replay(
  operations: readonly Operation[],
  on: {
    readonly invoked: (operation: Operation) => void
    readonly returned: (operation: Operation) => void
  },
): void {
  const answered = operations
    .filter(({ returnedOrder }) => returnedOrder !== undefined)
    .sort((a, b) => a.returnedOrder! - b.returnedOrder!)
  let next = 0
  for (const operation of operations) {
    while (next < answered.length && answered[next]!.returnedOrder! < operation.invokedOrder)
      on.returned(answered[next++]!)
    on.invoked(operation)
  }
  while (next < answered.length) on.returned(answered[next++]!)
}
