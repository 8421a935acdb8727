import type { Operation, OperationKind } from "../history/history.ts"
import { endOrder, mayHaveEffect } from "./operation-order.ts"

/** Everything that was ever sent with one value under one key. */
export type SentValue = {
  /** The first that may have had an effect; undefined when all have failed for sure. */
  readonly effective: Operation | undefined
  /** Of the acknowledged ones the last to begin. */
  readonly acknowledged: Operation | undefined
  /** When the first of the effective ones began, and when the last was over. */
  readonly firstInvokedOrder: number
  readonly lastEndOrder: number
  readonly any: Operation
}

/** Who sent what: the operations of one kind by key and value. */
export class SentValues {
  readonly #byKey = new Map<string, Map<string, SentValue>>()

  /** `operations` by `invokedOrder`. */
  constructor(operations: readonly Operation[], kind: OperationKind) {
    for (const operation of operations)
      if (operation.kind === kind && operation.value !== undefined) this.#add(operation, operation.value)
  }

  get(key: string, value: string): SentValue | undefined {
    return this.#byKey.get(key)?.get(value)
  }

  of(key: string): Iterable<[string, SentValue]> {
    return this.#byKey.get(key) ?? []
  }

  keys(): Iterable<string> {
    return this.#byKey.keys()
  }

  #add(operation: Operation, value: string): void {
    let values = this.#byKey.get(operation.key)
    if (values === undefined) this.#byKey.set(operation.key, (values = new Map()))
    const known = values.get(value)
    values.set(value, known === undefined ? alone(operation) : together(known, operation))
  }
}

function alone(operation: Operation): SentValue {
  const effective = mayHaveEffect(operation)
  return {
    effective: effective ? operation : undefined,
    acknowledged: operation.outcome === "ok" ? operation : undefined,
    firstInvokedOrder: effective ? operation.invokedOrder : Number.POSITIVE_INFINITY,
    lastEndOrder: effective ? endOrder(operation) : Number.NEGATIVE_INFINITY,
    any: operation,
  }
}

function together(known: SentValue, operation: Operation): SentValue {
  const added = alone(operation)
  return {
    effective: known.effective ?? added.effective,
    // They come by invocation.
    acknowledged: added.acknowledged ?? known.acknowledged,
    firstInvokedOrder: Math.min(known.firstInvokedOrder, added.firstInvokedOrder),
    lastEndOrder: Math.max(known.lastEndOrder, added.lastEndOrder),
    any: known.any,
  }
}
