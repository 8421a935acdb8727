import type { InstanceView } from "banyan/admin"

/** A step on the way of a request, and who plays it. */
export type Column = { readonly key: string; readonly title: string; readonly members: readonly string[] }

/**
 * The way of a request, in order. A tier's column is there when somebody plays it, so that one that comes later finds
 * its place waiting; a tier that is not known here comes last.
 */
const way: readonly (readonly [tier: string, title: string])[] = [
  ["dns", "dns"],
  ["edge+web", "edge + web"],
  ["edge", "edge"],
  ["web", "web"],
  ["cache", "cache"],
  ["data", "data"],
  ["queue", "queue"],
  ["worker", "workers"],
]

export function columnsOf(instances: readonly Pick<InstanceView, "id" | "tier" | "role">[]): Column[] {
  const groups = Map.groupBy(instances, ({ tier }) => tier)
  const known = way.flatMap(([tier, title]) => (groups.has(tier) ? [{ key: tier, title }] : []))
  const others = [...groups.keys()].filter(tier => !way.some(([name]) => name === tier))
  const columns = [...known, ...others.sort().map(tier => ({ key: tier, title: tier }))]
  return columns.map(({ key, title }) => ({
    key,
    title,
    members: groups
      .get(key)!
      .toSorted(
        (a, b) => rankOf(a.role) - rankOf(b.role) || a.id.localeCompare(b.id, "en", { numeric: true }),
      )
      .map(({ id }) => id),
  }))
}

/** The primary stands first: everything written goes there. */
function rankOf(role: string): number {
  return role === "primary" ? 0 : 1
}
