import type pg from "pg"
import { atServer, type Member } from "./member.ts"
import { replicationError } from "./replication-errors.ts"
import { StandbyLog } from "./standby-log.ts"
import { until } from "./until.ts"

/** What a server knows of one that follows it. Bytes and milliseconds are behind its own flushed position. */
export type Follower = {
  readonly id: string
  readonly state: string
  /** `quorum` when its acknowledgement counts (synchronous_standby_names), else `async`. */
  readonly sync: string
  readonly receiveLagBytes: number
  readonly replayLagBytes: number
  /** From flushed here to replayed there, of the last write; 0 when nothing is under way. */
  readonly replayLagMs: number
}

const pollMs = 5

/** Who follows this server, and how far behind each is. A standby that others follow answers too. */
export async function followersOf(client: pg.Client): Promise<Follower[]> {
  const { rows } = await client.query<Follower>(`
    with here as (select case when pg_is_in_recovery() then pg_last_wal_receive_lsn()
      else pg_current_wal_flush_lsn() end as lsn)
    select application_name as id, state, sync_state as sync,
      greatest(0, pg_wal_lsn_diff(here.lsn, flush_lsn))::float8 as "receiveLagBytes",
      greatest(0, pg_wal_lsn_diff(here.lsn, replay_lsn))::float8 as "replayLagBytes",
      coalesce(extract(epoch from replay_lag) * 1000, 0)::float8 as "replayLagMs"
    from pg_stat_replication, here order by 1`)
  return rows
}

export type StreamingOptions = {
  readonly withinMs: number
  readonly signal: AbortSignal
  /** The standby's, from before it was started: it tells at once what waiting would not mend. */
  readonly log?: StandbyLog
}

/** Resolves once `id` streams from `upstream`. Throws BN2257 when it does not in time, BN2259 when it never will. */
export async function waitStreaming(
  upstream: Member,
  { id }: Pick<Member, "id">,
  { withinMs, signal, log = new StandbyLog(undefined) }: StreamingOptions,
): Promise<Follower> {
  const names = { id, from: upstream.id }
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(withinMs)])
  try {
    return await atServer(upstream, inTime, client =>
      until(() => streams(client, names, log), pollMs, inTime),
    )
  } catch (error) {
    signal.throwIfAborted()
    if (!inTime.aborted) throw error
    const reason = log.lastComplaint ?? "it does not say why"
    throw replicationError("BN2257", { ...names, waitedMs: withinMs, reason }, error)
  }
}

async function streams(
  client: pg.Client,
  names: { id: string; from: string },
  log: StandbyLog,
): Promise<Follower | undefined> {
  const found = (await followersOf(client)).find(one => one.id === names.id && one.state === "streaming")
  if (found !== undefined) return found
  const reason = log.reasonItCannot
  if (reason !== undefined) throw replicationError("BN2259", { ...names, reason })
  return undefined
}
