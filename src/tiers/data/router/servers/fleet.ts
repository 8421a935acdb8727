import type { ServiceMap } from "../../../../wire/map.ts"
import type { DataCredentials } from "../../data.ts"
import { nameOf } from "../../postgres/connection.ts"
import type { ServerPlace } from "./server-place.ts"

/**
 * The servers of a cluster and who is who among them, as somebody says: the map (`fleetOfMap`), or their own answers
 * (asked-fleet.ts). Whoever says it, a server that says otherwise of itself is not believed to be the primary.
 */
export type Fleet = {
  readonly places: readonly ServerPlace[]
  /** Name of the one that is written to. Undefined: nobody, work waits. */
  readonly primary: string | undefined
  /** New work for the primary waits, what runs finishes. */
  readonly paused: boolean
  /** Names of those not read from any more. */
  readonly draining: ReadonlySet<string>
  /** Whoever still writes an older one is a former primary. */
  readonly timeline: number
}

/** Undefined for a map that knows of no database: who was believed before still is. */
export function fleetOfMap(
  { databases, promotions = [] }: Pick<ServiceMap, "databases" | "promotions">,
  credentials: DataCredentials,
): Fleet | undefined {
  if (databases.length === 0) return undefined
  const primary = databases.find(({ role }) => role === "primary")
  return {
    places: databases.map(({ id, address }) => ({ name: id, address, credentials })),
    primary: primary?.id,
    paused: primary?.state === "paused",
    draining: new Set(databases.filter(({ state }) => state === "draining").map(({ id }) => id)),
    timeline: promotions.at(-1)?.timeline ?? 0,
  }
}

/** A server that comes back somewhere else is another one. */
export function samePlace(a: ServerPlace, b: ServerPlace): boolean {
  return a.name === b.name && nameOf(a.address) === nameOf(b.address)
}
