import type { GroupName, InstanceId, Topology } from "../../topology/topology.ts"
import { groupNames, instanceId, rolesOf } from "../../topology/topology.ts"
import { hungInTurn } from "./hung.ts"

/** What control believes of one instance: driver, reports and the last map, merged. */
export type ObservedInstance = {
  readonly id: InstanceId
  readonly group: GroupName
  /** `exited` also when it is on the map and no process plays it. */
  readonly life: "running" | "exited"
  /** Linked, and every role it plays has reported (a database: it answers). */
  readonly up: boolean
  /** Its front door has a healthy backend. */
  readonly frontReady: boolean
  /**
   * Its front door. `opening`: the map says open, the process has not said so yet. `closing`: the map says closed,
   * connections are left. The only front door of the map is believed to be open when it cannot be asked (no link).
   */
  readonly front: "none" | "opening" | "open" | "closing" | "drained"
  /** Its place among the backends. `routing`: on the map, some front door has not yet seen it healthy. */
  readonly backend: "none" | "routing" | "routed" | "draining" | "drained"
  /** Whether the map names it as a database. */
  readonly database: boolean
  /** Since when the map has been retiring it (front closed or backend draining); monotonic, as every time here. */
  readonly retiringSinceMs: number | undefined
  /** Lives, and nobody hears it any more (plan/hung.ts). */
  readonly hung: boolean
}

/** Exits of one id in a row, without a good while of life between them. */
export type CrashCount = { readonly count: number; readonly lastAtMs: number }

export type Observed = {
  readonly instances: readonly ObservedInstance[]
  readonly crashes: Readonly<Partial<Record<InstanceId, CrashCount>>>
}

/**
 * Every instance is in exactly one of these:
 *
 * - `missing`: wanted, no process. Its crash count says when it may start.
 * - `dead`: its process ended (or it is only on the map): to be forgotten, then missing if wanted. A wanted database
 *   is not dead but missing: its place on the map stays, because it comes back at the same address.
 * - `hung`: runs, nobody hears it, and its turn has come to be killed; from then on missing if wanted. Others that
 *   hang wait for their turn among those below.
 * - `starting`: wanted, runs, not up, not on the map. A database that does not answer is starting wherever it is: its
 *   driver watches it, no link is needed for that.
 * - `silent`: wanted, runs, on the map, has no link just now (control was restarted, or a link broke). Left alone.
 * - `serving`: wanted and up.
 * - `surplus`: runs and is not wanted.
 * - `left`: not wanted, was retiring, and has ended by itself: nobody is sent to it any more, it only has to be cleared.
 */
export type Buckets = {
  readonly missing: readonly InstanceId[]
  readonly dead: readonly ObservedInstance[]
  readonly hung: readonly ObservedInstance[]
  readonly starting: readonly ObservedInstance[]
  readonly silent: readonly ObservedInstance[]
  readonly serving: readonly ObservedInstance[]
  readonly surplus: readonly ObservedInstance[]
  readonly left: readonly ObservedInstance[]
}

/** Ids a topology wants: of each group the lowest ordinals. */
export function wantedIds(desired: Topology): InstanceId[] {
  return groupNames.flatMap(group =>
    Array.from({ length: desired.instances[group] }, (_, index) => instanceId(group, index + 1)),
  )
}

export function sortIntoBuckets(desired: Topology, observed: Observed): Buckets {
  const wanted = new Set(wantedIds(desired))
  const running = observed.instances.filter(instance => instance.life === "running")
  const isWanted = (instance: ObservedInstance) => wanted.has(instance.id)
  const isSurplus = (instance: ObservedInstance) => !wanted.has(instance.id)
  const hung = hungInTurn(desired, running.filter(isWanted), running.filter(isSurplus))
  const sound = running.filter(instance => !hung.includes(instance))
  const live = sound.filter(isWanted)
  const liveIds = new Set(live.map(instance => instance.id))
  const ended = observed.instances.filter(instance => instance.life === "exited")
  const hasLeft = (instance: ObservedInstance) =>
    !wanted.has(instance.id) && instance.retiringSinceMs !== undefined
  return {
    missing: [...wanted].filter(id => !liveIds.has(id)),
    dead: ended.filter(each => !hasLeft(each) && !(wanted.has(each.id) && isDatabase(each))),
    hung,
    starting: live.filter(instance => !instance.up && !needsLink(instance)),
    silent: live.filter(instance => !instance.up && needsLink(instance)),
    serving: live.filter(instance => instance.up),
    surplus: sound.filter(isSurplus),
    left: ended.filter(hasLeft),
  }
}

export function playsFront(instance: { readonly group: GroupName }): boolean {
  return rolesOf[instance.group].includes("edge")
}

export function playsBackend(instance: { readonly group: GroupName }): boolean {
  return rolesOf[instance.group].includes("web")
}

export function isDatabase(instance: { readonly group: GroupName }): boolean {
  return rolesOf[instance.group].includes("primary")
}

/** On the map, and only its own reports can say how it is. */
function needsLink(instance: ObservedInstance): boolean {
  return !isDatabase(instance) && (instance.front !== "none" || instance.backend !== "none")
}
