import { existsSync, renameSync, rmSync } from "node:fs"
import type pg from "pg"
import { isBanyanError } from "../../../../kit/errors.ts"
import { hasLivePostgres } from "../server/pid-file.ts"
import { atServer, type Member, slotOf } from "./member.ts"
import type { MemberProcess } from "./member-process.ts"
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
    if (await streamsAlready(options)) return { how: "streamed" }
    await atServer(primary, signal, client => ensureSlot(client, slotOf(member)))
    const seen = hasLivePostgres(member.dataFolder) ? await lookAt(member, signal) : undefined
    // It may go on as it is, told another upstream. One that takes writes, or hangs, may not.
    begun = seen?.recovering !== true || isToRestart(seen, options)
    if (begun) await (seen?.recovering === true ? process.stop(signal) : process.kill(signal))
    const reason = existsSync(member.dataFolder) ? await tryAsItIs(options) : "it had no data folder"
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
  const seen = await lookAt(member, signal)
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
}

function isToRestart(seen: Seen | undefined, { restart }: AttachOptions): boolean {
  return restart === true && seen?.restartDue === true
}

/** Undefined when it does not answer. */
async function lookAt(member: Member, signal: AbortSignal): Promise<Seen | undefined> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)])
  const query = `select pg_is_in_recovery() as recovering, ${followsQuery},
    exists (select from pg_stat_wal_receiver where status = 'streaming') as receiving`
  try {
    return await atServer(member, inTime, async client => {
      const { rows } = await client.query<Omit<Seen, "restartDue">>(query)
      return rows[0] && { ...rows[0], restartDue: await isRestartDue(client) }
    })
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}

/** Undefined when it streams, else why not. */
async function tryAsItIs(options: AttachOptions): Promise<string | undefined> {
  try {
    await startAndJoin(options)
    return undefined
  } catch (error) {
    options.signal.throwIfAborted()
    if (!isBanyanError(error)) throw error
    return error.message
  }
}

async function startAndJoin(options: AttachOptions): Promise<void> {
  const { member, primary, process, signal } = options
  const log = new StandbyLog(options.logFile)
  writeUpstream(member, primary, "newcomer")
  writeStandbySignal(member)
  if (hasLivePostgres(member.dataFolder)) {
    await atServer(member, signal, client => client.query("select pg_reload_conf()"))
  } else await process.start(signal)
  let before = await replayedBy(member, signal)
  for (;;) {
    try {
      await join(member, primary, { withinMs: options.streamsWithinMs, signal, log })
      return
    } catch (error) {
      // A long log takes its time to be replayed; as long as that goes on there is hope.
      const now = await replayedBy(member, signal).catch(() => before)
      if (!isBanyanError(error) || error.code !== "BN2257" || now === before) throw error
      before = now
    }
  }
}

async function replayedBy(member: Member, signal: AbortSignal): Promise<string | undefined> {
  const query = "select pg_last_wal_replay_lsn()::text as lsn"
  const ask = (client: pg.Client) => client.query<{ lsn: string }>(query)
  return (await atServer(member, signal, ask)).rows[0]?.lsn
}

/**
 * The old folder stands aside until the new one is whole; when that fails it is back. One that stands aside since somebody
 * died in the middle goes once there is a new one.
 */
async function inPlaceOf(folder: string, make: () => Promise<unknown>): Promise<void> {
  const aside = asideOf(folder)
  if (existsSync(folder)) {
    rmSync(aside, { recursive: true, force: true })
    renameSync(folder, aside)
  }
  try {
    await make()
  } catch (error) {
    if (!existsSync(folder) && existsSync(aside)) renameSync(aside, folder)
    throw error
  }
  rmSync(aside, { recursive: true, force: true })
}

/** Where a data folder stands while another one is built in its place. */
export function asideOf(folder: string): string {
  return `${folder}.former`
}
