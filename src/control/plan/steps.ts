import type { InstanceId } from "../../topology/topology.ts"
import type { StepView } from "../../wire/admin.ts"
import type { Reason } from "./reasons.ts"

/**
 * What a plan consists of. Data only: `apply/` knows how each kind is done.
 *
 * | kind   | does                                                        | done when                              |
 * |--------|-------------------------------------------------------------|----------------------------------------|
 * | start  | brings a process to life                                    | every role it plays has reported       |
 * | route  | puts a backend (or a database) on the map                   | every front door has seen it healthy   |
 * | attach | makes a database follow the primary, by a copy if need be   | it receives the primary's log          |
 * | quorum | says whose acknowledgement the primary's commits wait for   | it holds for all that was acknowledged |
 * | fail-over | promotes a replica in place of a primary that is lost    | the map names the new one              |
 * | switch-over | promotes this one while the primary is well            | the map names it                       |
 * | open   | lets a front door accept                                    | it says that it accepts                |
 * | close  | a front door accepts no more                                | its last connection has gone           |
 * | drain  | a backend (or a replica) is chosen no more                  | it has finished what it had            |
 * | detach | ends a replica for good, with its copy and its slot         | it is nowhere                          |
 * | stop   | ends a process that nothing reaches any more, and forgets it | it is gone                             |
 * | kill   | ends a process that hangs or is oversized, at once          | it is gone; a hung one heard again is spared |
 * | forget | takes a process that died off the map and the driver's list | it is nowhere                          |
 */
export type StepKind = StepView["kind"]

export type Step = {
  readonly kind: StepKind
  readonly id: InstanceId
  readonly reason: Reason
}

/** Steps of a phase run side by side; phases one after the other. */
export type Phase = readonly Step[]

/** The step that takes a step back. A rollback is a plan like any other; this says which of its steps undoes which. */
export const undoneBy: Readonly<Record<StepKind, readonly StepKind[]>> = {
  start: ["stop", "detach"],
  route: ["drain"],
  attach: ["detach"],
  quorum: ["quorum"],
  open: ["close"],
  close: ["open"],
  drain: ["route"],
  stop: ["start"],
  detach: ["start"],
  "switch-over": ["switch-over"],
  "fail-over": [],
  kill: [],
  forget: [],
}

/** `start web-2`: names a step within a plan. */
export function stepKey(step: Pick<Step, "kind" | "id">): string {
  return `${step.kind} ${step.id}`
}
