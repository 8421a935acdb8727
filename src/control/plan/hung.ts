import type { GroupName, Topology } from "../../topology/topology.ts"
import { groupNames } from "../../topology/topology.ts"
import type { ObservedInstance } from "./observed.ts"

/** How long nobody has heard an instance, by each way it can be heard. */
export type Silence = {
  /** On its control link, or without one. */
  readonly linkMs: number
  /** By its driver; undefined: the driver cannot tell. */
  readonly driverMs: number | undefined
  /** A front door that is heard itself says that it answers requests. */
  readonly vouchedFor: boolean
}

/** Whether nobody hears it any more. A link that was cut is no hang: its driver or a front door still hears it. */
export function isHung({ linkMs, driverMs = 0, vouchedFor }: Silence, hungAfterMs: number): boolean {
  return Math.min(linkMs, driverMs) >= hungAfterMs && !vouchedFor
}

/**
 * Of the instances that run, those that hang and may be killed now. Who is not wanted goes at once: others wait for
 * its word. Of those that are wanted, in each group one at a time, when all others are there, because a judgement may
 * be wrong; all together when none of them is left. Not who is still starting: a start has its own time limit.
 */
export function hungInTurn(
  desired: Topology,
  wanted: readonly ObservedInstance[],
  surplus: readonly ObservedInstance[],
): ObservedInstance[] {
  const inTurns = groupNames.flatMap(group => hungOfGroup(desired.instances[group], membersOf(group, wanted)))
  return [...inTurns, ...surplus.filter(each => each.hung)]
}

/** Of one group: its wanted members that hang and may be killed now. */
export function hungOfGroup(
  wanted: number,
  members: readonly ObservedInstance[],
): readonly ObservedInstance[] {
  const hung = members.filter(each => each.hung && hasStarted(each))
  const others = members.filter(each => !hung.includes(each))
  if (others.length === 0) return hung
  const isComplete = members.length === wanted && others.every(each => each.up)
  return isComplete ? hung.slice(0, 1) : []
}

function membersOf(group: GroupName, live: readonly ObservedInstance[]): ObservedInstance[] {
  return live.filter(each => each.group === group)
}

function hasStarted({ up, front, backend, database }: ObservedInstance): boolean {
  return up || front !== "none" || backend !== "none" || database?.isOpen === true
}
