import type { InstanceId } from "../../topology/topology.ts"
import { isDatabase, type Observed, type ObservedDatabase, type ObservedInstance } from "./observed.ts"
import type { Reason } from "./reasons.ts"
import { type Phase, type Step, type StepKind, stepKey } from "./steps.ts"

export type DatabaseRules = {
  /** Who shall be the primary, where somebody has asked for it. */
  readonly primary?: InstanceId | undefined
  /** Keys of the steps under way: what is done to databases is not left in the middle because they look odd meanwhile. */
  readonly underWay?: ReadonlySet<string> | undefined
  /** A retiring instance that has not finished by then is stopped all the same. */
  readonly drainDeadlineMs: number
}

export type Database = ObservedInstance & { readonly database: ObservedDatabase }

/** The databases of one moment, and what is wanted of them. */
export type Scene = {
  readonly observed: Observed
  readonly databases: readonly Database[]
  readonly wanted: readonly InstanceId[]
  readonly primaryId: InstanceId
  readonly nowMs: number
  readonly rules: DatabaseRules
  readonly count: number
}

/** Nobody reads from it any more, or what does has had its time. */
export function drainPhases(
  { id, life, database }: Database,
  { drainDeadlineMs }: DatabaseRules,
  nowMs: number,
  why: Reason,
): Phase[] {
  const { drainingSinceMs, isDrained, isOpen, place } = database
  const isOverdue = drainingSinceMs !== undefined && nowMs >= drainingSinceMs + drainDeadlineMs
  const isRead = place !== undefined && (isOpen || !(isDrained || isOverdue))
  return isRead && life === "running" ? [[step("drain", id, why)]] : []
}

export function isWell({ life, up, hung, database }: Database): boolean {
  return life === "running" && up && !hung && !database.isSilent
}

export function isDatabaseSeen(instance: ObservedInstance): instance is Database {
  return isDatabase(instance) && instance.database !== undefined
}

export function isUnderWayIn({ underWay }: DatabaseRules, kind: StepKind, id: InstanceId): boolean {
  return underWay?.has(stepKey({ kind, id })) === true
}

export function find({ databases }: Scene, id: InstanceId): Database | undefined {
  return databases.find(each => each.id === id)
}

export function step(kind: StepKind, id: InstanceId, reason: Reason): Step {
  return { kind, id, reason }
}
