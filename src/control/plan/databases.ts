import type { InstanceId, Topology } from "../../topology/topology.ts"
import { instanceId, ordinalOf } from "../../topology/topology.ts"
import { mayStartAtMs } from "./crash-backoff.ts"
import { isDue, restartOfPrimary, restartOfReplica, whyAttach } from "./database-restarts.ts"
import {
  type Database,
  type DatabaseRules,
  drainPhases,
  find,
  isDatabaseSeen,
  isUnderWayIn,
  isWell,
  type Scene,
  step,
} from "./database-scene.ts"
import { hungOfGroup } from "./hung.ts"
import type { Observed, ObservedInstance } from "./observed.ts"
import { isSettledOn, quorumOf, quorumsOf, surestOf, wantedQuorum } from "./quorum.ts"
import type { Reason } from "./reasons.ts"
import type { Phase, Step } from "./steps.ts"

/**
 * What becomes of the databases, as long as any is wanted. Replicas have a plan of their own beside everything else: a copy
 * takes minutes, and nobody who serves may wait for it. What must never happen:
 *
 * - a promotion that might lack an acknowledged write (its host has the last word; it is asked with the surest quorum);
 * - commits count on a replica that leaves, or on one that does not receive the log;
 * - two primaries on the map.
 */
export type DatabasePlan = {
  /** Until this is done nothing may start that uses a database. */
  readonly first: readonly Phase[]
  /** Side by side with the rest, from the beginning. */
  readonly beside: readonly Phase[]
  /** Side by side with what comes after `first`. */
  readonly after: readonly Phase[]
  /** There will be a primary when `first` is done. */
  readonly isUp: boolean
  readonly wakeAtMs: readonly number[]
}

/** One that ends so often right after its start may have to be copied anew. */
const oftenEnded = 3

/**
 * Ids a topology wants: the primary of the map first, then who follows it, then who has a place, then the lowest
 * ordinals. So whatever shrinks, the primary stays. Not who was asked to leave.
 */
export function wantedDatabases(count: number, instances: readonly ObservedInstance[]): InstanceId[] {
  const leaving = instances.filter(each => each.isLeaving).map(each => each.id)
  const ranked = instances
    .filter(isDatabaseSeen)
    .map(each => [rankOf(each), each.id] as const)
    .sort(([a, id], [b, other]) => a - b || ordinalOf(id) - ordinalOf(other))
  const lowest = Array.from({ length: count + 1 }, (_, index) => instanceId("postgres", index + 1))
  const inOrder = new Set([...ranked.map(([, id]) => id), ...lowest])
  return [...inOrder].filter(id => !leaving.includes(id)).slice(0, count)
}

function rankOf({ database, life }: Database): number {
  if (database.place === "primary") return 0
  if (database.isPromoted || (database.place === undefined && database.plays === "primary")) return 1
  if (database.follows && database.isOpen) return 2
  if (database.place !== undefined) return life === "running" ? 3 : 4
  return 5
}

export function planDatabases(
  desired: Topology,
  observed: Observed,
  nowMs: number,
  rules: DatabaseRules,
): DatabasePlan {
  const count = desired.instances.postgres
  const databases = observed.instances.filter(isDatabaseSeen)
  const wanted = wantedDatabases(count, databases)
  const primaryId = wanted[0]
  if (primaryId === undefined) return { first: [], beside: [], after: [], isUp: true, wakeAtMs: [] }
  const scene = { observed, databases, wanted, primaryId, nowMs, rules, count }
  const change = changeOfPrimary(scene)
  if (change !== undefined)
    return {
      first: [],
      beside: [[change]],
      after: [],
      isUp: change.kind === "switch-over",
      wakeAtMs: [],
    }
  return planInPeace(scene)
}

/** Another one has to be the primary, now. */
function changeOfPrimary(scene: Scene): Step | undefined {
  const { primaryId, rules, wanted } = scene
  const primary = find(scene, primaryId)
  if (primary?.database.place !== "primary") return undefined
  const target = rules.primary === undefined ? undefined : find(scene, rules.primary)
  const isAsked = target !== undefined && target !== primary && wanted.includes(target.id)
  const begun = scene.databases.find(({ id }) => isUnderWayIn(rules, "switch-over", id))
  if (begun !== undefined) return step("switch-over", begun.id, isAsked ? "asked" : "primaryRestartDue")
  if (isUnderWayIn(rules, "fail-over", primaryId)) return step("fail-over", primaryId, "primaryDied")
  const why = whyFailOver(primary, scene)
  if (why !== undefined) return step("fail-over", primaryId, why)
  const isReady = isWell(primary) && primary.database.isOpen && target?.up && target.database.follows
  if (isAsked) return isReady ? step("switch-over", target.id, "asked") : undefined
  return restartOfPrimary(primary, scene)
}

function whyFailOver(primary: Database, { databases, observed, rules }: Scene): Reason | undefined {
  const { quorums, refused } = observed.fleet
  const others = databases.filter(each => each !== primary && each.database.place !== undefined)
  if (others.some(each => each.database.isPromoted)) return "promoted"
  if (surestOf(quorumsOf(quorums, primary.id)).acks === 0) return undefined
  const answering = answeringOf(others)
  if (answering.length === 0 || isUnderWayIn(rules, "start", primary.id)) return undefined
  const wasRefused = refused?.former === primary.id
  if (wasRefused && refused.answered.join() === answering.join()) return undefined
  if (primary.life !== "running") return "primaryDied"
  if (primary.database.isSilent) return "primaryHangs"
  return wasRefused && !primary.up ? "primaryDied" : undefined
}

/** Replicas that could be asked to take the primary's place. */
export function answeringOf(databases: readonly ObservedInstance[]): InstanceId[] {
  return databases
    .filter(({ life, up, database }) => life === "running" && up && database?.isSilent === false)
    .map(each => each.id)
    .sort()
}

function planInPeace(scene: Scene): DatabasePlan {
  const { primaryId, wanted, databases, count } = scene
  const killed = hungOfGroup(
    count,
    databases.filter(each => wanted.includes(each.id)),
  )
  const hangs = (each: Database | undefined) => each !== undefined && killed.includes(each)
  const waits: number[] = []
  const primary = find(scene, primaryId)
  const first = firstOf(scene, primary, hangs(primary), waits)
  const { noSwitchoverBeforeMs = 0 } = scene.observed.fleet
  if (primary?.database.restartDue && scene.nowMs < noSwitchoverBeforeMs) waits.push(noSwitchoverBeforeMs)
  const isComing = first.some(phase => phase.some(each => each.kind === "start"))
  const [beside, after] = [new Tracks(), new Tracks()]
  for (const id of wanted.slice(1)) {
    const replica = find(scene, id)
    const phases = replicaPhases(scene, id, hangs(replica), waits)
    const needsPrimary = replica?.database.place === undefined || phases[0]?.[0]?.kind === "attach"
    ;(needsPrimary ? after : beside).put(0, phases)
  }
  const isUp = primary?.life === "running" && primary.up && !hangs(primary)
  if (isUp || isComing) {
    const leaving = databases.filter(each => !wanted.includes(each.id))
    quorumPhases(scene, primary, leaving, [beside, after])
  }
  return { first, beside: beside.phases, after: after.phases, isUp: isUp || isComing, wakeAtMs: waits }
}

/** What brings the primary up, and onto the map. */
function firstOf(
  { primaryId, observed, nowMs }: Scene,
  primary: Database | undefined,
  hangs: boolean,
  waits: number[],
): Phase[] {
  const phases: Phase[] = []
  const isLiving = primary?.life === "running" && !hangs
  if (hangs) phases.push([step("kill", primaryId, "hangs")])
  const startAtMs = mayStartAtMs(observed.crashes[primaryId])
  if (isLiving && !primary.up) phases.push([step("start", primaryId, "comingUp")])
  else if (!isLiving && startAtMs <= nowMs)
    phases.push([step("start", primaryId, whyStart(observed, primaryId, primary))])
  else if (!isLiving) {
    waits.push(startAtMs)
    return phases
  }
  if (primary?.database.isOpen !== true) phases.push([step("route", primaryId, "databaseUp")])
  return phases
}

function replicaPhases(scene: Scene, id: InstanceId, hangs: boolean, waits: number[]): Phase[] {
  const { observed, nowMs, databases, primaryId, rules } = scene
  const replica = databases.find(each => each.id === id)
  const primary = databases.find(each => each.id === primaryId)
  const crash = observed.crashes[id]
  const startAtMs = mayStartAtMs(crash)
  const route: Phase[] = replica?.database.isOpen ? [] : [[step("route", id, "follows")]]
  if (hangs) return [[step("kill", id, "hangs")], [step("start", id, "died")], ...route]
  // It may be down just now, or follow nobody: that is how it is made to follow.
  if (replica !== undefined && isUnderWayIn(rules, "attach", id))
    return [[step("attach", id, whyAttach(replica.database))], ...route]
  if (replica?.life !== "running") {
    if (startAtMs > nowMs) {
      waits.push(startAtMs)
      return []
    }
    const isBroken = replica?.database.place !== undefined && (crash?.count ?? 0) >= oftenEnded
    if (isBroken && primary?.up) return [[step("attach", id, "copyBroken")], ...route]
    return [[step("start", id, whyStart(observed, id, replica))], ...route]
  }
  if (!replica.up) return [[step("start", id, "comingUp")], ...route]
  if (!replica.database.follows) return [[step("attach", id, "strays")], ...route]
  return isDue(replica.database) ? restartOfReplica(scene, replica) : route
}

/** Commits must not count on who leaves before it leaves, nor on who comes before it is there. */
function quorumPhases(
  scene: Scene,
  primary: Database | undefined,
  leaving: readonly Database[],
  [beside, after]: [Tracks, Tracks],
): void {
  const { observed, wanted, databases, primaryId, rules, nowMs } = scene
  const quorums = quorumsOf(
    observed.fleet.quorums.length === 0 ? undefined : observed.fleet.quorums,
    primaryId,
  )
  const isUp = primary?.up === true && primary.database.isOpen
  const now =
    primary === undefined ? quorumOf([primaryId]) : wantedQuorum(primary, wanted, databases, quorums)
  const isDue = isUp && !isSettledOn(quorums, now)
  const before = quorums[0]!
  const why =
    quorums.length > 1 ? "unsureAcks" : now.members.length > before.members.length ? "moreAcks" : "fewerAcks"
  if (isDue) beside.put(0, [[step("quorum", primaryId, why)]])
  for (const each of leaving) (isUp ? beside : after).put(isDue ? 1 : 0, leavingPhases(each, rules, nowMs))
  // A forecast: when those that are on their way have come.
  const track = after.phases.length > 0 ? after : beside
  const isLater = !isDue && leaving.length === 0 && track.phases.length > 0
  if (isLater && !isSettledOn(quorums, quorumOf([primaryId, ...wanted.slice(1).sort()])))
    track.put(track.phases.length, [[step("quorum", primaryId, "moreAcks")]])
}

function leavingPhases(leaving: Database, rules: DatabaseRules, nowMs: number): Phase[] {
  return [...drainPhases(leaving, rules, nowMs, "fewerCopies"), [step("detach", leaving.id, "fewerCopies")]]
}

/** Several plans, phase by phase side by side. */
class Tracks {
  readonly phases: Step[][] = []

  put(from: number, phases: readonly Phase[]): void {
    for (const [index, phase] of phases.entries()) {
      while (this.phases.length <= from + index) this.phases.push([])
      this.phases[from + index]!.push(...phase)
    }
  }
}

function whyStart({ crashes }: Observed, id: InstanceId, instance: Database | undefined): Reason {
  return crashes[id] !== undefined || instance?.database.isListed ? "died" : "wanted"
}
