import type { InstanceId } from "../../topology/topology.ts"
import type { Reason } from "./reasons.ts"

/**
 * What a plan consists of. Data only: `apply/` knows how each kind is done.
 *
 * | kind   | does                                                        | done when                              |
 * |--------|-------------------------------------------------------------|----------------------------------------|
 * | start  | brings a process to life                                    | every role it plays has reported       |
 * | route  | puts a backend (or a database) on the map                   | every front door has seen it healthy   |
 * | open   | lets a front door accept                                    | it says that it accepts                |
 * | close  | a front door accepts no more                                | its last connection has gone           |
 * | drain  | a backend is chosen no more                                 | it has finished what it had            |
 * | stop   | ends a process that nothing reaches any more, and forgets it | it is gone                             |
 * | kill   | ends a process that hangs or is oversized, at once          | it is gone; a hung one heard again is spared |
 * | forget | takes a process that died off the map and the driver's list | it is nowhere                          |
 */
export type StepKind = "start" | "route" | "open" | "close" | "drain" | "stop" | "kill" | "forget"

export type Step = {
  readonly kind: StepKind
  readonly id: InstanceId
  readonly reason: Reason
}

/** Steps of a phase run side by side; phases one after the other. */
export type Phase = readonly Step[]

/** The step that takes a step back. A rollback is a plan like any other; this says which of its steps undoes which. */
export const undoneBy: Readonly<Record<StepKind, StepKind | undefined>> = {
  start: "stop",
  route: "drain",
  open: "close",
  close: "open",
  drain: "route",
  stop: "start",
  kill: undefined,
  forget: undefined,
}

/** `start web-2`: names a step within a plan. */
export function stepKey(step: Pick<Step, "kind" | "id">): string {
  return `${step.kind} ${step.id}`
}
