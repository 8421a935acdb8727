import { parseLsn } from "../postgres/replication/lsn.ts"
import { later, type Position } from "./session/position.ts"
import type { Part, PartResult } from "./statements/exchange.ts"
import { ownStatement } from "./statements/statement.ts"

/**
 * How far the primary's log goes. Sent behind the write, never in its transaction: there the commit record is not
 * written yet. What is flushed covers an acknowledged commit, except where it does not wait for the disk.
 */
export const primaryPlace: Part = {
  statement: ownStatement(
    "select case when current_setting('synchronous_commit') = 'off' then pg_current_wal_insert_lsn()" +
      " else pg_current_wal_flush_lsn() end::text as lsn",
  ),
  values: [],
}

export function primaryPositionOf(result: PartResult | undefined, timeline: number): Position | undefined {
  const lsn = result?.rows[0]?.["lsn"] as string | undefined
  return lsn === undefined ? undefined : { timeline, lsn: parseLsn(lsn) }
}

type ReplicaRow = {
  readonly recovering: boolean
  readonly replayed: string | null
  readonly received: string | null
}

/** How far a replica has come: replayed, and received. */
export const replicaPlace: Part = {
  statement: ownStatement(
    "select pg_is_in_recovery() as recovering, pg_last_wal_replay_lsn()::text as replayed," +
      " pg_last_wal_receive_lsn()::text as received",
  ),
  values: [],
}

/**
 * A commit is visible on a replica a moment before its record counts as replayed. The record being replayed is hardly
 * longer than this, and never goes beyond what was received.
 */
const recordInReplayBytes = 16n * 1024n

/**
 * What everybody may rely on after the answer (`surely`), and all that may have been visible before it (`atMost`).
 * Undefined when it is no replica any more: since its promotion these figures stand still.
 */
export function replicaPositionsOf(
  result: PartResult | undefined,
  timeline: number,
): { readonly surely: Position; readonly atMost: Position } | undefined {
  const row = result?.rows[0] as ReplicaRow | undefined
  if (row?.recovering !== true || row.replayed === null) return undefined
  const replayed = parseLsn(row.replayed)
  const received = row.received === null ? replayed : parseLsn(row.received)
  const inReplay = replayed + recordInReplayBytes
  const surely = { timeline, lsn: replayed }
  return {
    surely,
    atMost: later(surely, { timeline, lsn: received < inReplay ? received : inReplay }) as Position,
  }
}
