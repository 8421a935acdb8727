import type { DriverInstance } from "../drivers/driver.ts"
import type { InstanceId } from "../topology/topology.ts"
import { ordinalOf } from "../topology/topology.ts"
import { controlError } from "./control-errors.ts"
import { primaryOf } from "./observe/database-watch.ts"
import type { World } from "./observe/world.ts"

/** Who becomes the primary: the one that was named, else the replica with the least left to receive. Throws BN1352. */
export function chooseTarget(world: World, named: string | undefined): InstanceId {
  const primary = primaryOf(world.map)?.id
  if (named !== undefined && named === primary) return primary as InstanceId
  const able = world.instances().filter(each => isAble(world, each.id))
  if (named === undefined) {
    const [best] = able.sort((a, b) => lagOf(a) - lagOf(b) || ordinalOf(a.id) - ordinalOf(b.id))
    if (best === undefined) throw controlError("BN1352", { reason: whyNot(world, undefined) })
    return best.id
  }
  const found = able.find(each => each.id === named)
  if (found === undefined) throw controlError("BN1352", { id: named, reason: whyNot(world, named) })
  return found.id
}

function isAble(world: World, id: string): boolean {
  const seen = world.observedInstance(id)
  return seen?.database?.place === "replica" && seen.up && seen.database.follows && seen.database.isOpen
}

function whyNot(world: World, id: string | undefined): string {
  if ((world.map?.databases.length ?? 0) < 2) return "there is only one database"
  if (id === undefined) return "none of them receives the primary's log now"
  const database = world.observedInstance(id)?.database
  if (database === undefined) return "it is no database"
  return database.follows
    ? "it is not on the map as a replica that is read from"
    : "it does not receive the primary's log now"
}

function lagOf({ database }: DriverInstance): number {
  return database?.lagBytes ?? Number.MAX_SAFE_INTEGER
}
