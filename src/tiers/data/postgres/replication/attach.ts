import type pg from "pg"
import { type BanyanError, isBanyanError } from "../../../../kit/errors.ts"
import { isVacant } from "../server/mounted-folder.ts"
import { hasLivePostgres } from "../server/pid-file.ts"
import { inPlaceOf } from "./in-place-of.ts"
import { atServer, type Member, slotOf } from "./member.ts"
import type { MemberProcess } from "./member-process.ts"
import { onceUp } from "./once-up.ts"
import { isRestartDue } from "./reload-settings.ts"
import { dropSlotsBut, ensureSlot } from "./slots.ts"
import { StandbyLog } from "./standby-log.ts"
import { join, waitStreaming } from "./streaming.ts"
import { followsQuery, writeStandbySignal, writeUpstream } from "./upstream.ts"

export type AttachOptions = {
  /** A former primary, a replica that was away, one that follows another or nobody; it runs or not, or has no folder. */
  readonly member: Member
  readonly process: MemberProcess
  readonly primary: Member
  /** One that runs and whose settings wait for a start is started again. */
  readonly restart?: boolean
  /** One that was started before this is started again. */
  readonly bornBeforeMs?: number | undefined
  /** Its copy is no use any more, though it may stream. */
  readonly anew?: boolean
  /** Fills its data folder anew from a base backup (a PostgresServer whose birth is `replicaBirth`). */
  readonly rebuild: (signal: AbortSignal) => Promise<unknown>
  readonly logFile?: string | undefined
  /** One that neither streams by then nor came any further is built anew. */
  readonly streamsWithinMs: number
  readonly signal: AbortSignal
}

/** One that runs and does not answer for so long hangs. */
const answerWithinMs = 3000
const killTimeoutMs = 5000

export type Attached = {
  readonly how: "streamed" | "rebuilt"
  /** Why streaming was not enough. */
  readonly reason?: string
}

/**
 * Makes a server a replica that streams from the primary, as a member. A former primary may hold commits nobody
 * acknowledged, which the new one lacks: Postgres itself looks for that before it streams, so trying is safe, and only who
 * cannot follow is built anew. Safe to repeat. Throws BN2257 and BN2259 when not even a fresh copy streams, what a start
 * or the primary says, or the signal's reason; one that was started for it is stopped then.
 */
export async function attach(options: AttachOptions): Promise<Attached> {
  const { member, process, primary, signal } = options
  let begun = false
  try {
    if (!options.anew && (await streamsAlready(options))) return { how: "streamed" }
    await atServer(primary, signal, client => ensureSlot(client, slotOf(member)))
    const seen = hasLivePostgres(member.dataFolder) ? await lookAt(options) : undefined
    // It may go on as it is, told another upstream. One that takes writes, or hangs, may not.
    begun = seen?.recovering !== true || options.anew === true || isToRestart(seen, options)
    if (begun) await (seen?.recovering === true ? process.stop(signal) : process.kill(signal))
    const reason = await whyAnew(options)
    if (reason === undefined) {
      // Those who followed it when it was the primary must not keep its log for ever; who still does keeps it.
      await atServer(member, signal, client => dropSlotsBut(client, [])).catch(() => signal.throwIfAborted())
      return { how: "streamed" }
    }
    begun = true
    await process.kill(signal)
    await inPlaceOf(member.dataFolder, () => options.rebuild(signal))
    await startAndJoin(options)
    return { how: "rebuilt", reason }
  } catch (error) {
    if (begun) await process.kill(AbortSignal.timeout(killTimeoutMs)).catch(() => {})
    throw error
  }
}

/** Nothing is to be done: it runs, and the primary says that it streams as a member. */
async function streamsAlready(options: AttachOptions): Promise<boolean> {
  const { member, primary, signal } = options
  if (!hasLivePostgres(member.dataFolder)) return false
  const seen = await lookAt(options)
  if (isToRestart(seen, options)) return false
  if (seen?.follows !== primary.id || seen.followsAs !== "member" || !seen.receiving) return false
  return waitStreaming(primary, member, { withinMs: answerWithinMs, signal }).then(
    () => true,
    () => {
      signal.throwIfAborted()
      return false
    },
  )
}

type Seen = {
  readonly recovering: boolean
  readonly receiving: boolean
  readonly follows: string | null
  readonly followsAs: string | null
  readonly restartDue: boolean
  readonly bornAtMs: number
}

function isToRestart(seen: Seen | undefined, { restart, bornBeforeMs = 0 }: AttachOptions): boolean {
  return (restart === true && seen?.restartDue === true) || (seen?.bornAtMs ?? bornBeforeMs) < bornBeforeMs
}

/** Undefined when it does not answer. */
async function lookAt(options: AttachOptions): Promise<Seen | undefined> {
  const { member, signal } = options
  const query = `select pg_is_in_recovery() as recovering, ${followsQuery},
    (extract(epoch from pg_postmaster_start_time()) * 1000)::float8 as "bornAtMs",
    exists (select from pg_stat_wal_receiver where status = 'streaming') as receiving`
  try {
    return await onceUp(
      logOf(options),
      () => {
        const inTime = AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)])
        return atServer(member, inTime, async client => {
          const { rows } = await client.query<Omit<Seen, "restartDue">>(query)
          return rows[0] && { ...rows[0], restartDue: await isRestartDue(client) }
        })
      },
      signal,
    )
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}

/** Undefined when it streams as it is. On a full disk it is as good as it can be there: another copy would not fit either. */
async function whyAnew(options: AttachOptions): Promise<string | undefined> {
  if (isVacant(options.member.dataFolder)) return "it had no data"
  if (options.anew) return "it lacked more of the log than is kept for it, and replayed nothing"
  try {
    await startAndJoin(options)
    return undefined
  } catch (error) {
    options.signal.throwIfAborted()
    if (!isBanyanError(error) || isOfFullDisk(error)) throw error
    return error.message
  }
}

/** Said by us, or quoted from the server's log. */
function isOfFullDisk({ code, message }: BanyanError): boolean {
  return code === "BN2236" || /no space left on device|disk quota exceeded/i.test(message)
}

async function startAndJoin(options: AttachOptions): Promise<void> {
  const { member, primary, process, signal } = options
  const about = logOf(options)
  writeUpstream(member, primary, "newcomer")
  writeStandbySignal(member)
  if (hasLivePostgres(member.dataFolder)) {
    await atServer(member, signal, client => client.query("select pg_reload_conf()"))
  } else await process.start(signal)
  let before = await onceUp(about, () => replayedBy(member, signal), signal)
  for (;;) {
    try {
      await join(member, primary, { withinMs: options.streamsWithinMs, signal, log: about.log })
      return
    } catch (error) {
      // A long log takes its time to be replayed; as long as that goes on there is hope.
      const now = await replayedBy(member, signal).catch(() => before)
      if (!isBanyanError(error) || error.code !== "BN2257" || now === before) throw error
      before = now
    }
  }
}

/** Of what it says from now on. */
function logOf({ member, primary, logFile }: AttachOptions) {
  return { id: member.id, dataFolder: member.dataFolder, from: primary.id, log: new StandbyLog(logFile) }
}

async function replayedBy(member: Member, signal: AbortSignal): Promise<string | undefined> {
  const query = "select pg_last_wal_replay_lsn()::text as lsn"
  const ask = (client: pg.Client) => client.query<{ lsn: string }>(query)
  return (await atServer(member, signal, ask)).rows[0]?.lsn
}
