import type pg from "pg"
import { until } from "../../../../kit/node/until.ts"
import { type Lsn, parseLsn } from "./lsn.ts"
import type { Member } from "./member.ts"
import type { Position } from "./quorum.ts"
import { replicationError } from "./replication-errors.ts"
import { removeUpstream } from "./upstream.ts"

const pollMs = 2

type Seen = {
  readonly recovering: boolean
  readonly receiving: boolean
  readonly received: string | null
  readonly replayed: string
  /** What the replaying process waits for. */
  readonly wait: string | null
  readonly timeline: number
}

/**
 * A receiver is seen here from its birth on, long before it has logged in; pg_stat_wal_receiver would show it only
 * afterwards. The names of the log's files tell its timeline: the control file lags behind, up to a checkpoint.
 */
const look = `
  select pg_is_in_recovery() as recovering, pg_last_wal_receive_lsn()::text as received,
    coalesce(pg_last_wal_replay_lsn(), '0/0')::text as replayed,
    exists (select from pg_stat_activity where backend_type = 'walreceiver') as receiving,
    (select wait_event from pg_stat_activity where backend_type = 'startup') as wait,
    (select max(('x' || left(name, 8))::bit(32)::int) from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$') as timeline`

/**
 * Takes a standby away from its primary: from when this resolves it acknowledges nothing more to it, not even when that
 * lives and neither knows of the other. Its position is then final. The password goes first (removeUpstream): a receiver
 * that is born after that cannot log in, so once none is left there will be none. Throws BN2262 when it is no standby.
 */
export async function fence(client: pg.Client, standby: Member, signal: AbortSignal): Promise<Position> {
  removeUpstream(standby)
  await client.query("select pg_reload_conf()")
  const seen = await until(() => fenced(client, standby), pollMs, signal)
  return positionOf(standby, seen)
}

async function fenced(client: pg.Client, { id }: Member): Promise<Seen | undefined> {
  const seen = (await client.query<Seen>(look)).rows[0] as Seen
  if (!seen.recovering) throw replicationError("BN2262", { id })
  if (seen.receiving) return undefined
  // One that never streamed since its start has read its own log to the end when it waits for more.
  return seen.received !== null || seen.wait === "RecoveryRetrieveRetryInterval" ? seen : undefined
}

/** Streaming begins at the start of a file, so the receiver's position may lie before what was replayed from the disk. */
function positionOf({ id }: Member, { received, replayed, timeline }: Seen): Position {
  const ends = [parseLsn(received ?? "0/0"), parseLsn(replayed)]
  return { id, timeline, lsn: ends.reduce(later) }
}

function later(a: Lsn, b: Lsn): Lsn {
  return a >= b ? a : b
}
