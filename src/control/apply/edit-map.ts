import type { Topology } from "../../topology/topology.ts"
import { groupOf } from "../../topology/topology.ts"
import type { Address, Backend, Challenge, Front, Program, ServiceMap } from "../../wire/map.ts"
import { isDatabase } from "../plan/observed.ts"
import type { Step } from "../plan/steps.ts"
import type { ConnectionShare } from "./connection-share.ts"
import { withDatabase, withDrainingDatabase, withOpenDatabase, withoutDatabase } from "./edit-databases.ts"

export type Place = { readonly address: Address; readonly version: string; readonly program?: Program }

export type MapContext = {
  readonly desired: Topology
  readonly drainTimeoutMs: number
  readonly connectionShare: ConnectionShare
  readonly placeOf: (id: string) => Place | undefined
  /** As the manifest of the app it hosts tells. */
  readonly keyedRoutesOf: (id: string) => Backend["keyedRoutes"]
}

/** The map after these steps. Pure; the epoch is the publisher's business. Steps that change no map change nothing. */
export function editMap(map: ServiceMap, steps: readonly Step[], context: MapContext): ServiceMap {
  const { desired, drainTimeoutMs } = context
  const starting = steps.filter(({ kind }) => kind === "start").map(({ id }) => id)
  const told = { ...map, stage: desired.stage, settings: { ...map.settings, drainTimeoutMs } }
  const start = withConnectionShare(told, context.connectionShare(starting))
  return steps.reduce((edited, step) => editOnce(edited, step, context), start)
}

function editOnce(map: ServiceMap, { kind, id }: Step, context: MapContext): ServiceMap {
  if (isDatabase({ group: groupOf(id)! })) return editDatabase(map, kind, id, context)
  switch (kind) {
    case "route":
      return route(map, id, context)
    case "open":
      return { ...map, fronts: put(map.fronts, { id, state: "open" }) }
    case "close":
      return { ...map, fronts: map.fronts.map(each => (each.id === id ? { id, state: "closed" } : each)) }
    case "drain":
      return {
        ...map,
        backends: map.backends.map(each => (each.id === id ? { ...each, state: "draining" } : each)),
      }
    case "stop":
    case "forget":
      return withoutInstance(map, id)
    default:
      return map
  }
}

function route(map: ServiceMap, id: Step["id"], { placeOf, keyedRoutesOf }: MapContext): ServiceMap {
  const place = placeOf(id)
  if (place === undefined) return map
  const { address, version, program } = place
  const keyedRoutes = keyedRoutesOf(id)
  const entry: Backend = {
    ...{ id, address, weight: 100, state: "active", version },
    ...(program && { program }),
    ...(keyedRoutes && { keyedRoutes }),
  }
  return { ...map, backends: put(map.backends, entry) }
}

/** A database that ends keeps its place, also when everything is taken down: its data stay, and with them its role. */
function editDatabase(map: ServiceMap, kind: Step["kind"], id: Step["id"], context: MapContext): ServiceMap {
  const place = context.placeOf(id)
  if (kind === "start" && place !== undefined) return withDatabase(map, id, place)
  if (kind === "route" && place !== undefined) return withOpenDatabase(map, id, place)
  if (kind === "drain") return withDrainingDatabase(map, id)
  return kind === "detach" ? withoutDatabase(map, id) : map
}

function withoutInstance(map: ServiceMap, id: Step["id"]): ServiceMap {
  const others = <T extends { id: string }>(list: readonly T[]) => list.filter(each => each.id !== id)
  return {
    ...map,
    fronts: others(map.fronts),
    backends: others(map.backends),
  }
}

function put<T extends { id: string }>(list: readonly T[], entry: T): T[] {
  return [...list.filter(each => each.id !== entry.id), entry].sort((a, b) => (a.id < b.id ? -1 : 1))
}

export function withConnectionShare(map: ServiceMap, connectionShare: number | undefined): ServiceMap {
  return connectionShare === undefined ? map : { ...map, settings: { ...map.settings, connectionShare } }
}

/** The map with these challenges in place of those it has; none leaves no trace of them. */
export function withChallenges(map: ServiceMap, challenges: readonly Challenge[]): ServiceMap {
  const { challenges: _, ...rest } = map
  return challenges.length === 0 ? rest : { ...rest, challenges: [...challenges] }
}

export function openFrontsOf(map: ServiceMap | undefined): Front[] {
  return (map?.fronts ?? []).filter(({ state }) => state === "open")
}
