import { connectionShareOf } from "../../topology/connection-share.ts"
import { groupOf, rolesOf, type Topology } from "../../topology/topology.ts"
import type { World } from "../observe/world.ts"

/** Whether a process with this id keeps connections to the databases. */
export function usesDatabases(id: string): boolean {
  const group = groupOf(id)
  return group !== undefined && rolesOf[group].includes("web")
}

/**
 * What each process may have of a server's connections, once those that are named have started: they, all that live and all
 * that are wanted share them. Undefined where nobody counts them.
 */
export type ConnectionShare = (starting: readonly string[]) => number | undefined

export function connectionShares(
  world: World,
  desired: () => Topology,
  most: number | undefined,
): ConnectionShare {
  return starting => {
    if (most === undefined) return undefined
    const living = world.instances().filter(({ state }) => state !== "exited")
    const sharers = new Set([...living.map(({ id }) => id as string), ...starting].filter(usesDatabases))
    const { app, web } = desired().instances
    return connectionShareOf(Math.max(sharers.size, app + web), most)
  }
}
