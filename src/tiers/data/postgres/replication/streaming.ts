import type pg from "pg"
import { until } from "../../../../kit/node/until.ts"
import { atServer, type Member } from "./member.ts"
import { timelineOf } from "./promote.ts"
import type { Quorum } from "./quorum.ts"
import { replicationError } from "./replication-errors.ts"
import { StandbyLog } from "./standby-log.ts"
import { writeUpstream } from "./upstream.ts"

/** What a server knows of one that follows it. Bytes and milliseconds are behind its own flushed position. */
export type Follower = {
  readonly id: string
  readonly state: string
  /** `quorum` when its acknowledgement counts (synchronous_standby_names), else `async`. */
  readonly sync: string
  /** As `0/3000028`; null before it has said. */
  readonly replayed: string | null
  readonly receiveLagBytes: number
  readonly replayLagBytes: number
  /** From flushed here to replayed there, of the last write; 0 when nothing is under way. */
  readonly replayLagMs: number
}

const pollMs = 2

/** Who follows this server, and how far behind each is. A standby that others follow answers too. */
export async function followersOf(client: pg.Client): Promise<Follower[]> {
  const { rows } = await client.query<Follower>(`
    with here as (select case when pg_is_in_recovery() then pg_last_wal_receive_lsn()
      else pg_current_wal_flush_lsn() end as lsn)
    select application_name as id, state, sync_state as sync, replay_lsn::text as replayed,
      greatest(0, pg_wal_lsn_diff(here.lsn, flush_lsn))::float8 as "receiveLagBytes",
      greatest(0, pg_wal_lsn_diff(here.lsn, replay_lsn))::float8 as "replayLagBytes",
      coalesce(extract(epoch from replay_lag) * 1000, 0)::float8 as "replayLagMs"
    from pg_stat_replication, here order by 1`)
  return rows
}

/** Resolves once enough members stream for the primary's commits to be acknowledged. */
export async function waitQuorum(
  client: pg.Client,
  { members, acks }: Quorum,
  signal: AbortSignal,
): Promise<void> {
  const enough = async () => {
    const streaming = (await followersOf(client)).filter(
      ({ id, state }) => state === "streaming" && members.includes(id),
    )
    return streaming.length >= acks || undefined
  }
  await until(enough, pollMs, signal)
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
  options: StreamingOptions,
): Promise<Follower> {
  return patiently({ id, from: upstream.id }, options, (look, inTime) =>
    atServer(upstream, inTime, client =>
      look(async () => (await followersOf(client)).find(one => one.id === id && one.state === "streaming")),
    ),
  )
}

/**
 * Lets a server in whose log may have grown another way. It runs as a newcomer (upstream.ts), and becomes a member once
 * it receives the upstream's own timeline, which Postgres lets only those do whose log is the beginning of it. Throws
 * BN2257 when it does not in time, BN2259 when it never will.
 */
export async function join(standby: Member, upstream: Member, options: StreamingOptions): Promise<Follower> {
  await patiently({ id: standby.id, from: upstream.id }, options, (look, inTime) =>
    atServer(upstream, inTime, there =>
      atServer(standby, inTime, async here => {
        await look(async () => (await receivedTimeline(here)) === (await timelineOf(there)) || undefined)
        writeUpstream(standby, upstream)
        await here.query("select pg_reload_conf()")
      }),
    ),
  )
  return waitStreaming(upstream, standby, options)
}

async function receivedTimeline(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ timeline: number }>(
    "select received_tli as timeline from pg_stat_wal_receiver where status = 'streaming'",
  )
  return rows[0]?.timeline ?? -1
}

type Look = <T>(ask: () => Promise<T | undefined>) => Promise<T>

async function patiently<T>(
  names: { readonly id: string; readonly from: string },
  { withinMs, signal, log = new StandbyLog(undefined) }: StreamingOptions,
  work: (look: Look, inTime: AbortSignal) => Promise<T>,
): Promise<T> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(withinMs)])
  const look: Look = ask =>
    until(
      async () => {
        const answer = await ask()
        const reason = answer === undefined ? log.reasonItCannot : undefined
        if (reason !== undefined) throw replicationError("BN2259", { ...names, reason })
        return answer
      },
      pollMs,
      inTime,
    )
  try {
    return await work(look, inTime)
  } catch (error) {
    signal.throwIfAborted()
    if (!inTime.aborted) throw error
    const reason = log.lastComplaint ?? "it does not say why"
    throw replicationError("BN2257", { ...names, waitedMs: withinMs, reason }, error)
  }
}
