import type { ServiceMap } from "../../wire/map.ts"
import type { EdgeLimits } from "./edge.ts"

/** What the service as a whole keeps to, and each front door therefore to its part of. */
const divided = [
  "maxConnections",
  "maxConnectionsPerAddress",
  "maxConnectionsPerBackend",
  "minConcurrencyPerBackend",
] as const satisfies ReadonlyArray<keyof EdgeLimits>

/** How many front doors take requests: those that are open. One, where there is none: nobody else's part is free. */
export function openFronts({ fronts }: Pick<ServiceMap, "fronts">): number {
  return Math.max(1, fronts.filter(each => each.state === "open").length)
}

/** One front door's part, rounded up: all together let in too much by less than one each. */
export function shareOfLimits(limits: EdgeLimits, fronts: number): EdgeLimits {
  const shares = divided.map(name => [name, Math.ceil(limits[name] / fronts)])
  return { ...limits, ...Object.fromEntries(shares) }
}
