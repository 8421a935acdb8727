import type { History, Operation } from "../history/history.ts"
import { type Checker, Findings, nameOf } from "./checker.ts"
import { byKey, endOrder, registerKinds } from "./operation-order.ts"
import { findRegisterOrder, type RegisterCall } from "./register-order.ts"

export type LinearizableOptions = {
  /** For each key; a step takes a microsecond or two. Default 1,000,000. */
  readonly maxSteps?: number
}

/**
 * Each register by itself behaves as one thing in one place: every write takes effect at one moment between its begin
 * and its end, every read sees the latest one. Keys are judged apart, because linearizability is local (Herlihy & Wing
 * 1990). A write with an unknown outcome may take effect at any time after its begin, or never. Reads that may lag are
 * judged where they see what their own session wrote. A key whose search exceeds its bound is `unknown`, never a pass.
 */
export function linearizableRegisters({ maxSteps = 1_000_000 }: LinearizableOptions = {}): Checker {
  return {
    name: "linearizable-registers",
    claim: "every read of a register sees its latest write, in one order that fits what everybody saw",
    check({ operations }: History) {
      const findings = new Findings()
      for (const [key, ofKey] of byKey(operations, registerKinds)) judge(key, ofKey, maxSteps, findings)
      return findings.verdict(this.name)
    },
  }
}

function judge(key: string, operations: readonly Operation[], maxSteps: number, findings: Findings): void {
  const known = relevant(operations)
  if (known.length === 0) return
  const { calls, operationOf, valueNames } = callsOf(known)
  const order = findRegisterOrder(calls, maxSteps)
  findings.checked(known.length)
  if (order.found === "unknown") {
    findings.unknown(`${key}: no decision about ${known.length} operations in ${maxSteps} steps`)
    return
  }
  if (order.found === "order") return
  const stopped = operationOf.get(order.stoppedAt)!
  const held = order.value === 0 ? "nothing" : `\`${valueNames[order.value]}\``
  const contrary = known.filter(({ kind, value }) => kind === "write" && value === valueNames[order.value])
  const did = stopped.kind === "read" ? `saw ${quoted(stopped.saw)}` : `wrote ${quoted(stopped.value)}`
  const words = `${key}: no order of its operations fits; the longest one fails at ${nameOf(stopped)}, which ${did} while the register held ${held}`
  findings.violation("no-order", words, [...contrary, stopped])
}

/** What can speak for or against an order. A write of unknown outcome that nobody has seen may as well never happen. */
function relevant(operations: readonly Operation[]): Operation[] {
  const writers = new Set(operations.flatMap(({ kind, session }) => (kind === "write" ? [session] : [])))
  const reads = operations.filter(
    ({ kind, outcome, mayLag, session }) =>
      kind === "read" && outcome === "ok" && (mayLag !== true || writers.has(session)),
  )
  const seen = new Set(reads.map(({ saw }) => saw))
  const writes = operations.filter(
    ({ kind, outcome, value }) =>
      kind === "write" && (outcome === "ok" || (outcome === "unknown" && seen.has(value))),
  )
  return [...writes, ...reads]
}

function callsOf(operations: readonly Operation[]) {
  const numbers = new Map<string | null, number>([[null, 0]])
  const valueNames: (string | null)[] = [null]
  const operationOf = new Map<RegisterCall, Operation>()
  const calls = operations.map(operation => {
    const isWrite = operation.kind === "write"
    const text = (isWrite ? operation.value : operation.saw) ?? null
    let value = numbers.get(text)
    if (value === undefined) {
      value = valueNames.push(text) - 1
      numbers.set(text, value)
    }
    const call: RegisterCall = {
      isWrite,
      value,
      invokedOrder: operation.invokedOrder,
      endOrder: endOrder(operation),
    }
    operationOf.set(call, operation)
    return call
  })
  return { calls, operationOf, valueNames }
}

function quoted(value: string | null | undefined): string {
  return value === null || value === undefined ? "nothing" : `\`${value}\``
}
