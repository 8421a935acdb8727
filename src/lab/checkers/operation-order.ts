import type { Operation, OperationKind } from "../history/history.ts"

export const registerKinds: ReadonlySet<OperationKind> = new Set(["write", "read"])
export const listKinds: ReadonlySet<OperationKind> = new Set(["add", "remove", "list"])

/** From when on nothing of it can happen any more: never, as long as its outcome is unknown. */
export function endOrder({ outcome, returnedOrder }: Operation): number {
  return outcome === "unknown" ? Number.POSITIVE_INFINITY : (returnedOrder ?? Number.POSITIVE_INFINITY)
}

/** It may have changed something, now or later. */
export function mayHaveEffect({ outcome }: Operation): boolean {
  return outcome !== "failed"
}

/** The operations of some kinds, apart by key; each group in the order given. */
export function byKey(
  operations: readonly Operation[],
  kinds: ReadonlySet<OperationKind>,
): Map<string, Operation[]> {
  const groups = new Map<string, Operation[]>()
  for (const operation of operations) {
    if (!kinds.has(operation.kind)) continue
    const group = groups.get(operation.key)
    if (group === undefined) groups.set(operation.key, [operation])
    else group.push(operation)
  }
  return groups
}

/** Those that were answered, as their answers followed each other. */
export function byAnswer(operations: readonly Operation[]): Operation[] {
  return operations
    .filter(({ returnedOrder }) => returnedOrder !== undefined)
    .sort((a, b) => a.returnedOrder! - b.returnedOrder!)
}

/** Hands out every begin and every answer as they followed each other. `operations` by `invokedOrder`. */
export function replay(
  operations: readonly Operation[],
  on: {
    readonly invoked: (operation: Operation) => void
    readonly returned: (operation: Operation) => void
  },
): void {
  const answered = byAnswer(operations)
  let next = 0
  for (const operation of operations) {
    while (next < answered.length && answered[next]!.returnedOrder! < operation.invokedOrder)
      on.returned(answered[next++]!)
    on.invoked(operation)
  }
  while (next < answered.length) on.returned(answered[next++]!)
}
