import type { History, Operation } from "../history/history.ts"
import { type Findings, nameOf } from "./checker.ts"
import { byKey, registerKinds, replay } from "./operation-order.ts"
import { SentValues } from "./sent-values.ts"

/** Which operations of a session bind its later reads: what it wrote, or what it has read. */
export type Binding = "write" | "read"

/** What a session may not see anything older than, in one register. */
type Floor = {
  /** Values whose writes were all over before this are older for sure. */
  readonly order: number
  readonly orderBy: Operation | undefined
  readonly version: number
  readonly versionBy: Operation | undefined
}

const noFloor: Floor = {
  order: Number.NEGATIVE_INFINITY,
  orderBy: undefined,
  version: Number.NEGATIVE_INFINITY,
  versionBy: undefined,
}

/**
 * Registers seen by one session never go back behind what binds it. Two proofs of "older", each enough: a lower
 * version; and a value whose writes had all ended before the binding value's write began. Both hold for a service whose
 * reads lag behind, as long as its writes take effect between their begin and their end.
 */
export function checkSessionRegisters(history: History, binding: Binding, findings: Findings): void {
  for (const operations of byKey(history.operations, registerKinds).values())
    checkRegister(operations, binding, findings)
}

function checkRegister(operations: readonly Operation[], binding: Binding, findings: Findings): void {
  const sent = new SentValues(operations, "write")
  const floors = new Map<string, Floor>()
  /** The floor, if any, when each read under way began: what came later does not bind it. */
  const began = new Map<Operation, Floor>()
  replay(operations, {
    invoked: operation => {
      const floor = operation.kind === "read" ? floors.get(operation.session) : undefined
      if (floor !== undefined) began.set(operation, floor)
    },
    returned: operation => {
      const { kind, outcome, session } = operation
      const floor = began.get(operation)
      began.delete(operation)
      if (outcome !== "ok") return
      if (floor !== undefined) judge(operation, floor, sent, findings)
      if (kind === binding) floors.set(session, raised(floors.get(session) ?? noFloor, operation, sent))
    },
  })
}

function raised(floor: Floor, by: Operation, sent: SentValues): Floor {
  const order =
    by.kind === "write" ? by.invokedOrder : (sentBy(by, sent)?.firstInvokedOrder ?? Number.NEGATIVE_INFINITY)
  const version = by.version ?? Number.NEGATIVE_INFINITY
  return {
    order: Math.max(floor.order, order),
    orderBy: order > floor.order ? by : floor.orderBy,
    version: Math.max(floor.version, version),
    versionBy: version > floor.version ? by : floor.versionBy,
  }
}

function judge(read: Operation, floor: Floor, sent: SentValues, findings: Findings): void {
  findings.checked()
  const saw = read.saw ?? null
  const said = `${nameOf(read)} of ${read.key} saw ${saw === null ? "nothing" : `\`${saw}\``}`
  if (read.version !== undefined && read.version < floor.version) {
    const by = floor.versionBy!
    const words = `${said} at version ${read.version}, after ${nameOf(by)} at version ${floor.version}`
    findings.violation("version-back", words, [by, read])
    return
  }
  // A value that nobody sent is another checker's finding.
  const lastEndOrder = saw === null ? Number.NEGATIVE_INFINITY : sentBy(read, sent)?.lastEndOrder
  if (lastEndOrder === undefined || lastEndOrder >= floor.order) return
  const by = floor.orderBy!
  findings.violation("stale", `${said}, which is older than what ${nameOf(by)} ${bound(by)}`, [by, read])
}

function sentBy(read: Operation, sent: SentValues) {
  const values = typeof read.saw === "string" ? sent.get(read.key, read.saw) : undefined
  return values?.effective === undefined ? undefined : values
}

function bound({ kind, value, saw }: Operation): string {
  return kind === "write" ? `wrote: \`${value}\`` : `saw: \`${saw}\``
}
