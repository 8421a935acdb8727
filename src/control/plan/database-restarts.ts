import { ordinalOf } from "../../topology/topology.ts"
import { type Database, drainPhases, find, isWell, type Scene, step } from "./database-scene.ts"
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
  const areReady = replicas.every(each => isInPlace(each) && !each.database.restartDue)
  const [target] = replicas
  if (target === undefined || replicas.length < wanted.length - 1 || !areReady) return undefined
  return step("switch-over", target.id, "primaryRestartDue")
}

/**
 * A replica's turn: nobody reads from it, it is started again, it is read from. Only while all others are in place: with
 * two away nobody could take the primary's.
 */
export function restartOfReplica(scene: Scene, replica: Database): Phase[] {
  const { id, database } = replica
  const { rules, nowMs, wanted, primaryId } = scene
  const primary = find(scene, primaryId)
  const [next] = replicasOf(scene)
    .filter(each => each.database.restartDue)
    // Who is not read from already comes first.
    .sort(
      (a, b) => Number(a.database.isOpen) - Number(b.database.isOpen) || ordinalOf(a.id) - ordinalOf(b.id),
    )
  const others = replicasOf(scene).filter(each => each.id !== id)
  const areInPlace = others.length === wanted.length - 2 && others.every(isInPlace)
  const isPrimaryWell = primary !== undefined && isWell(primary) && primary.database.isOpen
  if (next?.id !== id || !areInPlace || !isPrimaryWell)
    return database.isOpen ? [] : [[step("route", id, "follows")]]
  return [
    ...drainPhases(replica, rules, nowMs, "restartDue"),
    [step("attach", id, "restartDue")],
    [step("route", id, "follows")],
  ]
}

function replicasOf({ databases, wanted, primaryId }: Scene): Database[] {
  return databases.filter(({ id }) => id !== primaryId && wanted.includes(id))
}

/** It is read from, and lacks nothing. */
function isInPlace(replica: Database): boolean {
  return isWell(replica) && replica.database.follows && replica.database.isOpen
}
