import type pg from "pg"
import { messageOf } from "../../../../kit/errors.ts"
import { orAborted, until } from "../../../../kit/node/until.ts"
import { destroyConnection } from "../connection.ts"
import { type ControlFile, readControlFile } from "./control-file.ts"
import { follow } from "./follow.ts"
import { parseLsn } from "./lsn.ts"
import { atServer, type Member, openMember, slotOf } from "./member.ts"
import type { MemberProcess } from "./member-process.ts"
import { type Horizon, type OnOrder, promote, readHorizon } from "./promote.ts"
import { replicationError } from "./replication-errors.ts"
import { dropSlotsBut, ensureSlot } from "./slots.ts"
import { stopwatch } from "./stopwatch.ts"
import { waitStreaming } from "./streaming.ts"
import { removeUpstream, writeUpstream } from "./upstream.ts"

const pollMs = 2

/** Who is in a planned change of the primary. The target must stream from the former primary. */
type Cast = { readonly former: Member; readonly target: Member; readonly others: readonly Member[] }

export type PrepareOptions = Cast & {
  /** For each wait. */
  readonly withinMs: number
  readonly signal: AbortSignal
}

/**
 * While the former primary serves: the others follow the target already, and little is left to write at the end. When it
 * fails, everybody follows the former primary again. Safe to repeat. Throws BN2257, BN2264, or the signal's reason.
 */
export async function prepareSwitchover(options: PrepareOptions): Promise<void> {
  const { former, target, others, signal, withinMs } = options
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(withinMs)])
  try {
    await waitStreaming(former, target, { withinMs, signal })
    await atServer(target, inTime, async upstream => {
      await ensureSlot(upstream, slotOf(former))
      await Promise.all(
        others.map(other =>
          atServer(other, inTime, standby => follow(other, target, { standby, upstream }, "member")),
        ),
      )
      await Promise.all(others.map(other => waitStreaming(target, other, { withinMs, signal })))
      await atServer(former, inTime, at => at.query("checkpoint"))
      await upstream.query("checkpoint")
    })
  } catch (error) {
    await followFormer(options, AbortSignal.timeout(withinMs)).catch(() => {})
    signal.throwIfAborted()
    throw givenUp(options, error)
  }
}

export type SwitchoverOptions = Cast & {
  readonly process: MemberProcess
  /** Called before the promotion is ordered; what it throws ends the switchover. */
  readonly onOrder?: OnOrder
  /** Longer it may not take: then the former primary goes on. */
  readonly withinMs: number
  /** For the promotion, once it is ordered, and for going back. */
  readonly stepWithinMs: number
  readonly signal: AbortSignal
}

/** Milliseconds; together they are the pause, but for what holds new work. `stopMs`: until its last record is written. */
export type SwitchoverParts = {
  readonly stopMs: number
  readonly catchUpMs: number
  readonly promoteMs: number
}

export type Switchover = {
  readonly timeline: number
  readonly horizon: Horizon | undefined
  readonly parts: SwitchoverParts
}

/**
 * The planned change of the primary, once it is prepared and nobody writes any more: the former primary is stopped in order,
 * so that it has sent everything, its last record too, and can come back as a replica for certain; then the target is
 * promoted. When anything goes wrong before that, the former primary goes on as before: throws BN2264, BN2263 once the
 * promotion was ordered, or the signal's reason. Afterwards the former primary is down; `attach` brings it back. One that
 * is down already, because whoever did this died in the middle, is taken as it is.
 */
export async function switchOver(options: SwitchoverOptions): Promise<Switchover> {
  const { former, process, target, signal } = options
  const clock = stopwatch()
  let [ordered, stopped] = [false, false]
  const client = await openMember(target, signal)
  try {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(options.withinMs)])
    stopped = true
    const stopping = orAborted(process.stop(inTime), inTime)
    const control = await orAborted(shutDown(former, stopping, inTime), inTime)
    const stopMs = clock()
    await orAborted(caughtUp(client, control, inTime), inTime)
    const horizon = await readHorizon(client, inTime)
    const catchUpMs = clock()
    inTime.throwIfAborted()
    // Also should anybody start the former primary by mistake.
    removeUpstream(target)
    options.onOrder?.({ id: target.id, timeline: control.timeline, horizon })
    ordered = true
    const promotion = await promote(client, target, horizon, AbortSignal.timeout(options.stepWithinMs))
    const parts = { stopMs, catchUpMs, promoteMs: clock() }
    await stopping.catch(() => {})
    return { ...promotion, parts }
  } catch (error) {
    if (ordered) throw error
    await goBack(options, stopped)
    signal.throwIfAborted()
    throw givenUp(options, error)
  } finally {
    destroyConnection(client)
  }
}

/**
 * What its control file says once its last record is written. Nobody waits for its last processes to go: from then on none of
 * them writes. Throws when it did not go in order, or stopping it failed.
 */
async function shutDown(former: Member, stopping: Promise<void>, signal: AbortSignal): Promise<ControlFile> {
  let [hasEnded, before]: [boolean, ControlFile | undefined] = [false, undefined]
  const failing = stopping.then(() => {
    hasEnded = true
    return new Promise<never>(() => {})
  })
  failing.catch(() => {})
  const look = async () => {
    const isLast = hasEnded
    const control = readControlFile(former.dataFolder)
    // While somebody writes it, a look may see half of what is new: nobody changes it after that.
    const isWhole = isLast || control?.checkpoint === before?.checkpoint
    if (control?.shutDown && isWhole) return control
    if (isLast) throw new Error("it did not shut down in order")
    before = control?.shutDown ? control : undefined
    return undefined
  }
  return Promise.race([failing, until(look, pollMs, signal)])
}

/** The target has the very last record: that of the shutdown. */
async function caughtUp(client: pg.Client, { checkpoint }: ControlFile, signal: AbortSignal): Promise<void> {
  const query = "select pg_last_wal_replay_lsn()::text as lsn"
  const look = async () => {
    const { rows } = await client.query<{ lsn: string }>(query)
    return parseLsn(rows[0]?.lsn ?? "0/0") > checkpoint || undefined
  }
  await until(look, pollMs, signal)
}

/** The former primary serves on, and everybody follows it as before. */
async function goBack(options: SwitchoverOptions, stopped: boolean): Promise<void> {
  const { former, target, process, stepWithinMs } = options
  const signal = AbortSignal.timeout(stepWithinMs)
  writeUpstream(target, former)
  if (stopped) await process.stop(signal).then(() => process.start(signal))
  await followFormer(options, signal)
}

async function followFormer({ former, target, others }: Cast, signal: AbortSignal): Promise<void> {
  await atServer(former, signal, async upstream => {
    for (const other of others) {
      await atServer(other, signal, standby => follow(other, former, { standby, upstream }, "member")).catch(
        () => {},
      )
    }
  })
  await atServer(target, signal, client => dropSlotsBut(client, [])).catch(() => {})
}

function givenUp({ former, target }: Cast, error: unknown): Error {
  return replicationError("BN2264", { from: former.id, to: target.id, reason: messageOf(error) }, error)
}
