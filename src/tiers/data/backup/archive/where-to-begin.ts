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
 * file already is passed over. `archived` is where each timeline ends that is; `forks` the server's history: each timeline
 * before its own, with where it was left.
 */
export function whereToBegin(
  archived: readonly Position[],
  server: Position,
  forks: readonly Fork[],
  segmentBytes: number,
): Beginning {
  const from = (lsn: Lsn) => segmentOf(lsn, segmentBytes)
  const own = (lsn: Lsn): Stretch => ({ timeline: server.timeline, from: from(lsn), until: undefined })
  if (archived.length === 0) return { kind: "stream", stretches: [own(server.lsn)] }
  // An older server than who was archived last: a former primary, say. It has nothing to add.
  if (archived.some(({ timeline }) => timeline > server.timeline)) return { kind: "foreign" }
  const here = archived.find(({ timeline }) => timeline === server.timeline)
  if (here !== undefined)
    return here.lsn > server.lsn ? { kind: "foreign" } : { kind: "stream", stretches: [own(here.lsn)] }
  // The newest of its past. Whatever is newer was left behind by a restore to an older one.
  const past = forks.findLastIndex(fork => endOf(fork) !== undefined)
  if (past === -1) return { kind: "foreign" }
  const stretches: Stretch[] = []
  let begin = endOf(forks[past]!)!
  for (const { timeline, at } of forks.slice(past)) {
    // A former primary may have sent more than whoever was promoted had: nobody was promised that.
    if (begin < at) stretches.push({ timeline, from: from(begin), until: at })
    begin = at
  }
  return { kind: "stream", stretches: [...stretches, own(begin)] }

  function endOf(fork: Fork): Lsn | undefined {
    return archived.find(({ timeline }) => timeline === fork.timeline)?.lsn
  }
}
