import type { DriverInstance } from "../drivers/driver.ts"
import type { DatabasesView, InstanceView } from "../wire/admin.ts"
import { primaryOf, timelineOf } from "./observe/database-watch.ts"
import type { World } from "./observe/world.ts"
import { quorumsOf, surestOf } from "./plan/quorum.ts"

/** The databases together, once there are several, or a promotion there was. */
export function viewDatabases(world: World): DatabasesView | undefined {
  const { map, databases: watch } = world
  const { promotion, refused, rebuilt } = watch
  const primary = primaryOf(map)
  if (map === undefined || primary === undefined) return undefined
  if (map.databases.length < 2 && promotion === undefined && refused === undefined) return undefined
  const quorums = quorumsOf(map.quorums, primary.id)
  const { members, acks } = surestOf(quorums)
  const following = watch.following(members, world.instances())
  return {
    primary: primary.id,
    timeline: timelineOf(map),
    quorum: { members, acks, isSettled: quorums.length === 1, following },
    ...(primary.state === "paused" && { isPaused: true }),
    ...(promotion && { promotion }),
    ...(rebuilt && { rebuilt }),
    ...(refused && { refused: { former: refused.former, reason: refused.words, atMs: refused.atMs } }),
  }
}

/** A little longer than until nobody reads from it any more: each process of the data tier counts for itself. */
const lateMs = 15_000

/** Of a replica that stays behind. */
export function lateWords({ id, database }: DriverInstance): string | undefined {
  const { lagBytes = 0, lagMs = 0, farBehind } = database ?? {}
  if (lagMs < lateMs && !farBehind) return undefined
  const lacks = `it lacks ${Math.ceil(lagBytes / 2 ** 20)} MB of log, for ${Math.round(lagMs / 1000)} s now`
  return `${id} does not catch up: ${lacks}; reads go elsewhere`
}

/** What its server says of itself, and its role on the map. */
export function viewDatabase(
  { map }: World,
  { id, database }: DriverInstance,
): Pick<InstanceView, "role" | "database"> {
  const role = map?.databases.find(each => each.id === id)?.role ?? database?.role ?? "primary"
  if (database === undefined) return { role }
  const { timeline, position, follows, streaming, lagBytes, lagMs } = database
  return {
    role,
    database: {
      timeline,
      position,
      ...(follows !== undefined && { follows }),
      ...(streaming !== undefined && { streaming }),
      ...(lagBytes !== undefined && { lagBytes }),
      ...(lagMs !== undefined && { lagMs }),
    },
  }
}
