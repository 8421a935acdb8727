import type pg from "pg"
import { type Quorum, quorumIn } from "./quorum.ts"
import { type Follower, followersOf } from "./streaming.ts"
import { followsQuery } from "./upstream.ts"

/** What a server says of itself. */
export type ServerLook = {
  readonly role: "primary" | "replica"
  readonly timeline: number
  /** As `0/3000028`: flushed by a primary, received by a replica. */
  readonly position: string
  /** Of a primary. */
  readonly quorum?: Quorum
  readonly followers?: readonly Follower[]
  /** Of a primary: so much log it keeps for one that is behind, and no more. Absent: all of it. */
  readonly mostKeptBytes?: number
  /** Of a replica: whom it was told to follow; absent when nobody. */
  readonly follows?: string
  /** Of a replica: it receives that one's log, as a member. */
  readonly streaming?: boolean
  /** It was told settings that only a start takes up. */
  readonly restartDue?: true
}

type Row = {
  readonly recovering: boolean
  readonly position: string
  readonly timeline: number
  readonly names: string
  readonly follows: string | null
  readonly followsAs: string | null
  readonly receiving: boolean
  readonly kept: number
}

/** The names of the log's files tell a replica's timeline: the control file lags behind, up to a checkpoint. */
const look = `
  select r.recovering, ${followsQuery}, current_setting('synchronous_standby_names') as names,
    case when r.recovering
      then greatest(coalesce(pg_last_wal_receive_lsn(), '0/0'), coalesce(pg_last_wal_replay_lsn(), '0/0'))
      else pg_current_wal_flush_lsn() end::text as position,
    case when r.recovering
      then coalesce((select received_tli from pg_stat_wal_receiver where status = 'streaming'),
        (select max(('x' || left(name, 8))::bit(32)::int) from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$'), 0)
      else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int end as timeline,
    exists (select from pg_stat_wal_receiver where status = 'streaming') as receiving,
    (select setting::float8 * 1048576 from pg_settings where name = 'max_slot_wal_keep_size') as kept
  from (select pg_is_in_recovery() as recovering) r`

/** Over a connection as superuser. Rejects with what the server or the system says. */
export async function lookAtServer(client: pg.Client, id: string): Promise<ServerLook> {
  const row = (await client.query<Row>({ name: "look", text: look })).rows[0] as Row
  const { position, timeline } = row
  if (!row.recovering) {
    const [quorum, followers] = [quorumIn(row.names, id), await followersOf(client)]
    const kept = row.kept < 0 ? {} : { mostKeptBytes: row.kept }
    return { role: "primary", timeline, position, quorum, followers, ...kept }
  }
  const streaming = row.receiving && row.followsAs === "member"
  return {
    role: "replica",
    timeline,
    position,
    ...(row.follows === null ? {} : { follows: row.follows, streaming }),
  }
}
