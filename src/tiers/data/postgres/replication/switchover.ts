import type pg from "pg"
import { messageOf } from "../../../../kit/errors.ts"
import { destroyConnection } from "../connection.ts"
import { readControlFile } from "./control-file.ts"
import { follow } from "./follow.ts"
import { parseLsn } from "./lsn.ts"
import { atServer, type Member, openMember, slotOf } from "./member.ts"
import type { MemberProcess } from "./member-process.ts"
import { type Horizon, promote, readHorizon } from "./promote.ts"
import { replicationError } from "./replication-errors.ts"
import { dropSlotsBut, ensureSlot } from "./slots.ts"
import { stopwatch } from "./stopwatch.ts"
import { waitStreaming } from "./streaming.ts"
import { orAborted, until } from "./until.ts"
import { removeUpstream } from "./upstream.ts"

export type SwitchoverOptions = {
  readonly former: Member
  readonly process: MemberProcess
  /** Must stream from the former primary. */
  readonly target: Member
  readonly others: readonly Member[]
  /** Holds new work and lets what runs finish; `resume` says where it goes on. */
  readonly gate: {
    pause(signal: AbortSignal): Promise<void>
    resume(primary: Member): void
  }
  /** For each wait that is not part of the pause. */
  readonly stepWithinMs: number
  /** The pause may not last longer: then the former primary goes on. */
  readonly pauseWithinMs: number
  readonly signal: AbortSignal
}

/** Milliseconds. The pause is from `drain` to `promote`; what comes before and after it nobody notices. */
export type SwitchoverParts = {
  readonly prepareMs: number
  readonly drainMs: number
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
 * The planned change of the primary: the others already follow the target when the former primary is stopped in order,
 * so that it has sent everything, its last record too, and can come back as a replica for certain. Nothing fails, writes
 * pause. When anything goes wrong before the promotion, the former primary goes on as before: throws BN2264, BN2263 once
 * the promotion was ordered, or the signal's reason. Afterwards the former primary is down; `reattach`
 * brings it back.
 */
export async function switchOver(options: SwitchoverOptions): Promise<Switchover> {
  const { former, process, target, gate, signal } = options
  const clock = stopwatch()
  let [ordered, stopped] = [false, false]
  const client = await openMember(target, signal)
  try {
    await prepare(options, client)
    const prepareMs = clock()
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(options.pauseWithinMs)])
    await orAborted(gate.pause(inTime), inTime)
    const drainMs = clock()
    stopped = true
    await orAborted(process.stop(inTime), inTime)
    const stopMs = clock()
    await orAborted(caughtUp(client, options, inTime), inTime)
    const horizon = await readHorizon(client, inTime)
    const catchUpMs = clock()
    // Also should anybody start the former primary by mistake.
    removeUpstream(target)
    ordered = true
    const promotion = await promote(client, target, horizon, AbortSignal.timeout(options.stepWithinMs))
    const promoteMs = clock()
    gate.resume(target)
    return { ...promotion, parts: { prepareMs, drainMs, stopMs, catchUpMs, promoteMs } }
  } catch (error) {
    if (ordered) throw error
    await goBack(options, stopped)
    signal.throwIfAborted()
    throw replicationError("BN2264", { from: former.id, to: target.id, reason: messageOf(error) }, error)
  } finally {
    destroyConnection(client)
  }
}

/** While the former primary serves: little to write at the end, and the others behind the target already. */
async function prepare(options: SwitchoverOptions, client: pg.Client): Promise<void> {
  const { former, target, others, signal, stepWithinMs: withinMs } = options
  await waitStreaming(former, target, { withinMs, signal })
  await ensureSlot(client, slotOf(former))
  await Promise.all(
    others.map(other =>
      atServer(other, signal, at => follow(other, target, { standby: at, upstream: client }, "member")),
    ),
  )
  await Promise.all(others.map(other => waitStreaming(target, other, { withinMs, signal })))
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(withinMs)])
  await atServer(former, inTime, at => at.query("checkpoint"))
  await orAborted(client.query("checkpoint"), inTime)
}

/** The target has the very last record: that of the shutdown. Throws when the former primary did not go in order. */
async function caughtUp(
  client: pg.Client,
  { former }: SwitchoverOptions,
  signal: AbortSignal,
): Promise<void> {
  const control = readControlFile(former.dataFolder)
  if (control === undefined || !control.shutDown) throw new Error("it did not shut down in order")
  await until(
    async () => {
      const { rows } = await client.query<{ lsn: string }>("select pg_last_wal_replay_lsn()::text as lsn")
      return parseLsn(rows[0]?.lsn ?? "0/0") > control.checkpoint || undefined
    },
    2,
    signal,
  )
}

/** The former primary serves on, and everybody follows it as before. */
async function goBack(options: SwitchoverOptions, stopped: boolean): Promise<void> {
  const { former, process, target, others, gate, stepWithinMs } = options
  const signal = AbortSignal.timeout(stepWithinMs)
  if (stopped) await process.stop(signal).then(() => process.start(signal))
  await atServer(former, signal, async upstream => {
    for (const other of others) {
      await atServer(other, signal, standby => follow(other, former, { standby, upstream }, "member")).catch(
        () => {},
      )
    }
  })
  gate.resume(former)
  await atServer(target, signal, client => dropSlotsBut(client, [])).catch(() => {})
}
