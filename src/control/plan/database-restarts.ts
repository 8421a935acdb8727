import { type InstanceId, ordinalOf } from "../../topology/topology.ts"
import { type Database, drainPhases, find, isWell, type Scene, step } from "./database-scene.ts"
import type { Reason } from "./reasons.ts"
import type { Phase, Step } from "./steps.ts"

/**
 * Settings that only a start takes up, without anybody noticing: one replica after the other is started again, then one of
 * them takes the primary's place, which comes back as a replica. A database that is alone waits for its next start.
 */

/** The primary's turn, when all others have taken theirs up and are read from. */
export function restartOfPrimary(primary: Database, scene: Scene): Step | undefined {
  const { observed, nowMs, wanted } = scene
  const replicas = replicasOf(scene)
  if (!primary.database.restartDue || !isWell(primary) || !primary.database.isOpen) return undefined
  if (nowMs < (observed.fleet.noSwitchoverBeforeMs ?? 0)) return undefined
  const areReady = replicas.every(each => isInPlace(each) && !isDue(each.database))
  const [target] = replicas
  if (target === undefined || replicas.length < wanted.length - 1 || !areReady) return undefined
  const isAsked = primary.database.restartDue === "asked"
  return step("switch-over", target.id, isAsked ? "primaryRestartAsked" : "primaryRestartDue")
}

/**
 * A replica's turn, to be started again or built anew: nobody reads from it, it is done, it is read from. Only while all
 * others are in place: with two away nobody could take the primary's.
 */
export function restartOfReplica(scene: Scene, replica: Database): Phase[] {
  const { id, database } = replica
  const { rules, nowMs, wanted, primaryId } = scene
  const primary = find(scene, primaryId)
  const [next] = replicasOf(scene)
    .filter(each => isDue(each.database))
    // Who is not read from already comes first.
    .sort(
      (a, b) => Number(a.database.isOpen) - Number(b.database.isOpen) || ordinalOf(a.id) - ordinalOf(b.id),
    )
  const others = replicasOf(scene).filter(each => each.id !== id)
  const areInPlace = others.length === wanted.length - 2 && others.every(isInPlace)
  const isPrimaryWell = primary !== undefined && isWell(primary) && primary.database.isOpen
  if (next?.id !== id || !areInPlace || !isPrimaryWell)
    return database.isOpen ? [] : [[step("route", id, "follows")]]
  const why = whyAttach(database)
  return [
    ...drainPhases(replica, rules, nowMs, why),
    [step("attach", id, why)],
    [step("route", id, "follows")],
  ]
}

/**
 * All that settings will ask for which wait for a restart of `due`, for people, before anybody is told them. `wanted`: the
 * primary first.
 */
export function restartForecast(
  [primary, ...replicas]: readonly InstanceId[],
  due: readonly InstanceId[],
): Phase[] {
  const [target] = replicas
  // One that is alone waits for its next start.
  if (primary === undefined || target === undefined) return []
  const ofReplica = (id: InstanceId): Phase[] => [
    [step("drain", id, "restartDue")],
    [step("attach", id, "restartDue")],
    [step("route", id, "follows")],
  ]
  const ofPrimary: Phase[] = [
    [step("switch-over", target, "primaryRestartDue")],
    [step("start", primary, "wanted")],
    [step("route", primary, "follows")],
  ]
  return [
    ...replicas.filter(id => due.includes(id)).flatMap(ofReplica),
    ...(due.includes(primary) ? ofPrimary : []),
  ]
}

/** It is not to stay as it is, but to be started again or built anew. */
export function isDue({ restartDue, isFarBehind }: Database["database"]): boolean {
  return restartDue !== false || isFarBehind
}

/** What is under way goes on as what it was begun for. */
export function whyAttach({ restartDue, isFarBehind }: Database["database"]): Reason {
  if (isFarBehind) return "farBehind"
  if (restartDue === "asked") return "restartAsked"
  return restartDue ? "restartDue" : "strays"
}

/** An attachment that begins by starting the database again. */
export function isRestart({ reason }: Pick<Step, "reason">): boolean {
  return reason === "restartDue" || reason === "restartAsked"
}

function replicasOf({ databases, wanted, primaryId }: Scene): Database[] {
  return databases.filter(({ id }) => id !== primaryId && wanted.includes(id))
}

/** It is read from, and lacks nothing. */
function isInPlace(replica: Database): boolean {
  return isWell(replica) && replica.database.follows && replica.database.isOpen
}
