import type { InstanceId } from "../../topology/topology.ts"
import type { Quorum } from "../../wire/map.ts"
import type { ObservedInstance } from "./observed.ts"

/**
 * What commits shall wait for with these members, the primary first. Of N standbys half acknowledge, rounded up: then
 * nothing acknowledged is lost as long as N - W + 1 of them are reached (R + W > N), and no commit waits as long as W live.
 *
 * | standbys | acknowledge | may be dead, commits go on | may be dead with the primary |
 * |----------|-------------|----------------------------|------------------------------|
 * | 1        | 1           | 0                          | 0                            |
 * | 2        | 1           | 1                          | 0                            |
 * | 3        | 2           | 1                          | 1                            |
 * | 4        | 2           | 2                          | 1                            |
 *
 * Whoever is lost for seconds leaves the quorum, so the rows are about deaths at once, not one after the other.
 */
export function quorumOf(members: readonly string[]): Quorum {
  return { members: [...members], acks: Math.ceil((members.length - 1) / 2) }
}

/** What commits wait for where the map says nothing. */
export function quorumsOf(said: readonly Quorum[] | undefined, primary: string): readonly Quorum[] {
  return said ?? [quorumOf([primary])]
}

/** One that is safe by each of these, whichever is in force. Of several every standby must be reached: rare, and short. */
export function surestOf(quorums: readonly Quorum[]): Quorum {
  const [first = quorumOf([]), ...others] = quorums
  if (others.every(other => isSame(other, first))) return first
  const members = [...new Set(quorums.flatMap(each => each.members))]
  return { members, acks: Math.min(1, ...quorums.map(({ acks }) => acks)) }
}

/**
 * Those that commits shall wait for now: who receives the primary's log and is read from joins, and stays until it is lost for good or is
 * to leave.
 */
export function wantedQuorum(
  primary: ObservedInstance,
  wanted: readonly InstanceId[],
  instances: readonly ObservedInstance[],
  quorums: readonly Quorum[],
): Quorum {
  const members = quorums.length === 1 ? (quorums[0]?.members ?? []) : []
  const replicas = instances.filter(({ id, database }) => {
    if (database === undefined || id === primary.id || !wanted.includes(id)) return false
    return !database.isLost && ((database.follows && database.isOpen) || members.includes(id))
  })
  return quorumOf([primary.id, ...replicas.map(each => each.id).sort()])
}

/** In force, and known to be. */
export function isSettledOn(quorums: readonly Quorum[], wanted: Quorum): boolean {
  return quorums.length === 1 && isSame(quorums[0]!, wanted)
}

function isSame(one: Quorum, other: Quorum): boolean {
  const members = new Set(other.members)
  return (
    one.acks === other.acks && one.members.length === members.size && one.members.every(id => members.has(id))
  )
}
