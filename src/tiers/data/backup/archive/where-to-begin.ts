import type { Lsn } from "../../postgres/replication/lsn.ts"
import { type Fork, segmentOf } from "./wal-objects.ts"

export type Position = { readonly timeline: number; readonly lsn: Lsn }
/** A stretch of the log to ask for; `until` is where another timeline goes on. */
export type Stretch = { readonly timeline: number; readonly from: Lsn; readonly until: Lsn | undefined }

/** What the archive does next, or why it cannot go on where it is. */
export type Beginning =
  | { readonly kind: "stream"; readonly stretches: readonly Stretch[] }
  /** What is archived is no part of this server's past. */
  | { readonly kind: "foreign" }

/**
 * Which stretches of a server's log are still to be archived, from the beginning of a file each: what is archived of that
 * file already is passed over. `forks` is the server's history: each timeline before its own, with where it was left.
 */
export function whereToBegin(
  archived: Position | undefined,
  server: Position,
  forks: readonly Fork[],
  segmentBytes: number,
): Beginning {
  const from = (lsn: Lsn) => segmentOf(lsn, segmentBytes)
  const own = (lsn: Lsn): Stretch => ({ timeline: server.timeline, from: from(lsn), until: undefined })
  if (archived === undefined) return { kind: "stream", stretches: [own(server.lsn)] }
  // An older server than who was archived last: a former primary, say. It has nothing to add.
  if (archived.timeline > server.timeline) return { kind: "foreign" }
  if (archived.timeline === server.timeline)
    return archived.lsn > server.lsn
      ? { kind: "foreign" }
      : { kind: "stream", stretches: [own(archived.lsn)] }
  const past = forks.findIndex(fork => fork.timeline === archived.timeline)
  if (past === -1) return { kind: "foreign" }
  const stretches: Stretch[] = []
  let begin = archived.lsn
  for (const { timeline, at } of forks.slice(past)) {
    // A former primary may have sent more than whoever was promoted had: nobody was promised that.
    if (begin < at) stretches.push({ timeline, from: from(begin), until: at })
    begin = at
  }
  return { kind: "stream", stretches: [...stretches, own(begin)] }
}
