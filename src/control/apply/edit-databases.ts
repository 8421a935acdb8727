import { isDeepStrictEqual } from "node:util"
import type { PromotionRecord } from "../../drivers/database-acts.ts"
import type { DatabaseEntry, Quorum, ServiceMap } from "../../wire/map.ts"
import { quorumsOf, surestOf } from "../plan/quorum.ts"

/** What becomes of the map's databases: each a pure edit. The epoch is the publisher's business. */

/** All that is told of where it is. */
type Place = Pick<DatabaseEntry, "address">

/** As many as a map may hold. */
const keptPromotions = 64
const keptQuorums = 8

/** A replica is there, and nobody reads from it yet. One that is known has come back where it is now. */
export function withDatabase(map: ServiceMap, id: string, { address }: Place): ServiceMap {
  const known = map.databases.find(each => each.id === id)
  if (known !== undefined) return withEntry(map, { ...known, address })
  return primaryOf(map) === undefined
    ? map
    : withEntry(map, { id, role: "replica", state: "draining", address })
}

/** Whether such an edit would change anything. */
export function isNamed({ databases }: ServiceMap, id: string, { address }: Place): boolean {
  return databases.some(each => each.id === id && isDeepStrictEqual(each.address, address))
}

/** It may be used: as the primary where there is none. */
export function withOpenDatabase(map: ServiceMap, id: string, { address }: Place): ServiceMap {
  const primary = primaryOf(map)
  const role = primary === undefined || primary.id === id ? "primary" : "replica"
  return withEntry(map, { id, role, address })
}

export function withDrainingDatabase(map: ServiceMap, id: string): ServiceMap {
  const known = map.databases.find(each => each.id === id)
  return known === undefined ? map : withEntry(map, { ...known, state: "draining" })
}

export function withoutDatabase(map: ServiceMap, id: string): ServiceMap {
  return { ...map, databases: map.databases.filter(each => each.id !== id) }
}

/** New work waits, wherever it comes from. */
export function withPause(map: ServiceMap): ServiceMap {
  return withDatabases(map, each => (each.role === "primary" ? { ...each, state: "paused" } : each))
}

export function withoutPause(map: ServiceMap): ServiceMap {
  return withDatabases(map, entry => {
    const { state, ...rest } = entry
    return state === "paused" ? rest : entry
  })
}

/** The promoted one is the primary, the former one a replica nobody reads from before it follows. A pause is over. */
export function withPromotion(map: ServiceMap, { id, timeline, horizonXid }: PromotionRecord): ServiceMap {
  const promotion = { timeline, ...(horizonXid !== undefined && { horizonXid }) }
  const before = (map.promotions ?? []).filter(each => each.timeline < timeline)
  const promoted = withDatabases(map, ({ state, ...entry }) => {
    if (entry.id === id) return { ...entry, role: "primary" }
    if (entry.role === "primary") return { ...entry, role: "replica", state: "draining" }
    return state === undefined ? entry : { ...entry, state }
  })
  return { ...promoted, promotions: [...before, promotion].slice(-keptPromotions) }
}

/** From now on this one may be in force as well. */
export function withPossibleQuorum(map: ServiceMap, quorum: Quorum): ServiceMap {
  const known = quorumsOf(map.quorums, primaryOf(map)?.id ?? "")
  const others = known.filter(each => !isDeepStrictEqual(each, quorum))
  // Nobody knows which one is in force, so none is dropped; many become one that is safe by all of them.
  return { ...map, quorums: [...(others.length < keptQuorums ? others : [surestOf(others)]), quorum] }
}

/**
 * This one is in force, and holds for all that was ever acknowledged. Those that were written down after it somebody else is
 * setting just now, a switchover say: they stay. One that is not there any more proves nothing.
 */
export function withQuorum(map: ServiceMap, quorum: Quorum): ServiceMap {
  const { quorums = [], ...rest } = map
  const at = quorums.findLastIndex(each => isDeepStrictEqual(each, quorum))
  if (at < 0) return map
  const left = quorums.slice(at)
  return left.length === 1 && quorum.members.length < 2 ? rest : { ...rest, quorums: left }
}

function withDatabases(map: ServiceMap, edit: (entry: DatabaseEntry) => DatabaseEntry): ServiceMap {
  return { ...map, databases: map.databases.map(edit) }
}

function withEntry(map: ServiceMap, entry: DatabaseEntry): ServiceMap {
  const others = map.databases.filter(each => each.id !== entry.id)
  return { ...map, databases: [...others, entry].sort((a, b) => (a.id < b.id ? -1 : 1)) }
}

function primaryOf(map: ServiceMap): DatabaseEntry | undefined {
  return map.databases.find(each => each.role === "primary")
}
