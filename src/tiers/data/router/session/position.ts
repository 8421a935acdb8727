import type { Lsn } from "../../postgres/replication/lsn.ts"

/**
 * A place in the write-ahead log. `lsn` is its byte position; after a promotion the log goes on under a higher
 * timeline from somewhere in the old one, so that positions of different timelines are not simply earlier or later.
 */
export type Position = { readonly timeline: number; readonly lsn: Lsn }

/**
 * Whether a server that has replayed up to `reached` has all that survives of the log up to `needed`. One on an older
 * timeline may have gone on after the fork, so its position says nothing. One on a newer timeline has the old one's
 * records up to the fork, and what lies between the fork and `needed` was lost with the old primary, for everybody.
 */
export function covers(reached: Position | undefined, needed: Position | undefined): boolean {
  if (needed === undefined) return true
  return reached !== undefined && reached.timeline >= needed.timeline && reached.lsn >= needed.lsn
}

/** The least position that covers both: what a session must see when it must see the one and the other. */
export function later(a: Position | undefined, b: Position | undefined): Position | undefined {
  if (a === undefined || b === undefined) return a ?? b
  if (covers(a, b)) return a
  if (covers(b, a)) return b
  const further = a.lsn > b.lsn ? a : b
  return { timeline: Math.max(a.timeline, b.timeline), lsn: further.lsn }
}
