import { identityQuery } from "../../postgres/identity.ts"
import { type Lsn, parseLsn } from "../../postgres/replication/lsn.ts"

/** What a server says of itself and of its place in the log. */
export type ServerStatus = {
  readonly cluster: string
  readonly recovering: boolean
  readonly timeline: number
  /** Primary: flushed. Replica: replayed. */
  readonly lsn: Lsn
}

/**
 * One round trip, allowed to any role. A replica tells its timeline by its receiver, if the role may look there
 * (pg_read_all_stats), and else by its control file, which follows a promotion elsewhere a little later.
 */
export const statusQuery = `
  select identity.cluster, identity.recovering,
    coalesce(identity.timeline, greatest(
      (select received_tli from pg_stat_wal_receiver),
      (select timeline_id from pg_control_checkpoint()),
      (select min_recovery_end_timeline from pg_control_recovery()))) as timeline,
    case when identity.recovering then pg_last_wal_replay_lsn() else pg_current_wal_flush_lsn() end::text as lsn
  from (${identityQuery}) as identity`

export type StatusRow = {
  readonly cluster: string
  readonly recovering: boolean
  readonly timeline: number
  readonly lsn: string | null
}

export function statusOf({ cluster, recovering, timeline, lsn }: StatusRow): ServerStatus {
  return { cluster, recovering, timeline, lsn: lsn === null ? 0n : parseLsn(lsn) }
}
