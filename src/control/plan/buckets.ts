import type { InstanceId, Topology } from "../../topology/topology.ts"
import { groupNames, instanceId, ordinalOf } from "../../topology/topology.ts"
import { wantedDatabases } from "./databases.ts"
import { hungInTurn } from "./hung.ts"
import { outgrownOf, oversizedInTurn } from "./memory.ts"
import { isDatabase, type Observed, type ObservedInstance } from "./observed.ts"

/**
 * Every instance that is no database is in exactly one of these:
 *
 * - `missing`: wanted, no process. Its crash count says when it may start.
 * - `dead`: its process ended (or it is only on the map): to be forgotten, then missing if wanted.
 * - `doomed`: runs, and its turn has come to be killed: nobody hears it, or its memory endangers the machine. Others
 *   of this kind wait for their turn among those below.
 * - `starting`: wanted, runs, not up, not on the map.
 * - `silent`: wanted, runs, on the map, has no link just now (control was restarted, or a link broke). Left alone.
 * - `serving`: wanted and up.
 * - `surplus`: runs and is not wanted.
 * - `left`: not wanted, was retiring, and has ended by itself: nobody is sent to it any more, it only has to be cleared.
 */
export type Buckets = {
  readonly missing: readonly InstanceId[]
  readonly dead: readonly ObservedInstance[]
  readonly doomed: readonly ObservedInstance[]
  readonly starting: readonly ObservedInstance[]
  readonly silent: readonly ObservedInstance[]
  readonly serving: readonly ObservedInstance[]
  readonly surplus: readonly ObservedInstance[]
  readonly left: readonly ObservedInstance[]
}

/**
 * Ids a topology wants: of each group those that have a place already, then others that run, then the lowest ordinals; of
 * databases the primary before all others.
 * Who uses too much memory, or was asked to leave, is not among them: another id takes its place, and keeps it.
 */
export function wantedIds(desired: Topology, instances: readonly ObservedInstance[]): InstanceId[] {
  const running = instances.filter(instance => instance.life === "running")
  return groupNames.flatMap(group => {
    const count = desired.instances[group]
    if (isDatabase({ group })) return wantedDatabases(count, instances)
    const members = running.filter(each => each.group === group).sort(byOrdinal)
    const outgrown = outgrownOf(group, members)
    const isOut = (id: InstanceId) =>
      id === outgrown || members.some(each => each.id === id && each.isLeaving)
    const lowest = Array.from({ length: count + 2 }, (_, index) => instanceId(group, index + 1))
    const inOrder = [...members.filter(hasPlace), ...members].map(each => each.id)
    return [...new Set([...inOrder, ...lowest])].filter(id => !isOut(id)).slice(0, count)
  })
}

export function sortIntoBuckets(desired: Topology, observed: Observed): Buckets {
  const instances = observed.instances.filter(instance => !isDatabase(instance))
  const running = instances.filter(instance => instance.life === "running")
  const wanted = new Set(wantedIds(desired, running).filter(id => !id.startsWith("postgres-")))
  const isWanted = (instance: ObservedInstance) => wanted.has(instance.id)
  const isSurplus = (instance: ObservedInstance) => !wanted.has(instance.id)
  const hung = hungInTurn(desired, running.filter(isWanted), running.filter(isSurplus))
  const doomed = [...new Set([...hung, ...oversizedInTurn(desired, running)])]
  const sound = running.filter(instance => !doomed.includes(instance))
  const live = sound.filter(isWanted)
  const liveIds = new Set(live.map(instance => instance.id))
  const ended = instances.filter(instance => instance.life === "exited")
  const hasLeft = (instance: ObservedInstance) =>
    !wanted.has(instance.id) && instance.retiringSinceMs !== undefined
  return {
    missing: [...wanted].filter(id => !liveIds.has(id)),
    dead: ended.filter(each => !hasLeft(each)),
    doomed,
    starting: live.filter(instance => !instance.up && !needsLink(instance)),
    silent: live.filter(instance => !instance.up && needsLink(instance)),
    serving: live.filter(instance => instance.up),
    surplus: sound.filter(isSurplus),
    left: ended.filter(hasLeft),
  }
}

/** The map sends people to it, and it is not on its way out. */
function hasPlace({ front, backend, retiringSinceMs }: ObservedInstance): boolean {
  return retiringSinceMs === undefined && (front !== "none" || backend !== "none")
}

function byOrdinal(a: ObservedInstance, b: ObservedInstance): number {
  return ordinalOf(a.id) - ordinalOf(b.id)
}

/** On the map, and only its own reports can say how it is. */
function needsLink(instance: ObservedInstance): boolean {
  return instance.front !== "none" || instance.backend !== "none"
}
