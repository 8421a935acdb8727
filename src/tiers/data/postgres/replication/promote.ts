import type pg from "pg"
import { messageOf } from "../../../../kit/errors.ts"
import { orAborted, until } from "../../../../kit/node/until.ts"
import { formatLsn, parseLsn } from "./lsn.ts"
import type { Member } from "./member.ts"
import { replicationError } from "./replication-errors.ts"

/**
 * Which transactions of the former timelines made it: one with this number or a higher one never arrived, of a lower one
 * `pg_xact_status` tells. Numbers are handed out again after a promotion, so it must have been read before.
 */
export type Horizon = { readonly xid: string; readonly lsn: string }

export type Promotion = {
  /** The new one. */
  readonly timeline: number
  /** What was given, or undefined when more was replayed since: then nobody can tell what became of an unknown commit. */
  readonly horizon: Horizon | undefined
}

/** What is about to be ordered: a standby, the timeline it leaves, and the horizon that was read. */
export type PromotionOrder = {
  readonly id: string
  readonly timeline: number
  readonly horizon: Horizon | undefined
}
/**
 * Writes an order down, durably, before it is given: should whoever gives it die, the next one knows whom to ask
 * (settle-promotion.ts), and has the horizon.
 */
export type OnOrder = (order: PromotionOrder) => void

const pollMs = 2
/** A log that ends in the middle of a record is never replayed to its end; longer than this nobody waits. */
const horizonTimeoutMs = 1000

/** Of a fenced standby, once it has replayed what it received. Whether that was all, `promote` tells. */
export async function readHorizon(client: pg.Client, signal: AbortSignal): Promise<Horizon | undefined> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(horizonTimeoutMs)])
  let last: Horizon | undefined
  const atEnd = async () => {
    const { rows } = await client.query<Horizon & { atEnd: boolean }>(`
      select pg_snapshot_xmax(pg_current_snapshot())::text as xid, pg_last_wal_replay_lsn()::text as lsn,
        pg_last_wal_replay_lsn() >= coalesce(pg_last_wal_receive_lsn(), '0/0') as "atEnd"`)
    const [seen] = rows
    last = seen && { xid: seen.xid, lsn: seen.lsn }
    return seen?.atEnd || undefined
  }
  try {
    await until(atEnd, pollMs, inTime)
  } catch (error) {
    if (!inTime.aborted) throw error
    signal.throwIfAborted()
  }
  return last
}

/**
 * Makes a fenced standby the primary, and resolves when it is. `pg_promote(true)` would look only ten times a second.
 * What was ordered is not taken back: the signal only ends the waiting (BN2263).
 */
export async function promote(
  client: pg.Client,
  member: Pick<Member, "id">,
  horizon: Horizon | undefined,
  signal: AbortSignal,
): Promise<Promotion> {
  try {
    await orAborted(client.query("select pg_promote(false)"), signal)
    const timeline = await orAborted(
      until(() => timelineOf(client), pollMs, signal),
      signal,
    )
    return { timeline, horizon: await orAborted(provenHorizon(client, timeline, horizon), signal) }
  } catch (error) {
    throw replicationError("BN2263", { id: member.id, reason: messageOf(error) }, error)
  }
}

/** The timeline it writes on, once it is a primary. */
export async function timelineOf(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ timeline: number | null }>(`
    select case when pg_is_in_recovery() then null
      else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int end as timeline`)
  return rows[0]?.timeline ?? undefined
}

/** The horizon, when the new timeline forked off exactly where it was read. */
export async function provenHorizon(
  client: pg.Client,
  timeline: number,
  horizon: Horizon | undefined,
): Promise<Horizon | undefined> {
  return horizon?.lsn === (await forkOf(client, timeline)) ? horizon : undefined
}

/** Where the new timeline left its parent: the last line of its history file. What was replayed by then is all there is. */
async function forkOf(client: pg.Client, timeline: number): Promise<string | undefined> {
  const name = `pg_wal/${timeline.toString(16).toUpperCase().padStart(8, "0")}.history`
  const { rows } = await client.query<{ text: string }>("select pg_read_file($1) as text", [name])
  const fork = rows[0]?.text.trim().split("\n").at(-1)?.split("\t")[1]
  return fork === undefined ? undefined : formatLsn(parseLsn(fork))
}
