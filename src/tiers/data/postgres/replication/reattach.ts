import { existsSync, renameSync, rmSync } from "node:fs"
import { isBanyanError } from "../../../../kit/errors.ts"
import { hasLivePostgres } from "../server/pid-file.ts"
import { atServer, type Member, slotOf } from "./member.ts"
import type { MemberProcess } from "./member-process.ts"
import { replicationError } from "./replication-errors.ts"
import { dropSlotsBut, ensureSlot } from "./slots.ts"
import { StandbyLog } from "./standby-log.ts"
import { join } from "./streaming.ts"
import { writeStandbySignal, writeUpstream } from "./upstream.ts"

export type ReattachOptions = {
  /** A former primary, or a replica that was away. It does not run. */
  readonly member: Member
  readonly process: MemberProcess
  readonly primary: Member
  /** Fills its data folder anew from a base backup (a PostgresServer whose birth is `replicaBirth`). */
  readonly rebuild: (signal: AbortSignal) => Promise<unknown>
  readonly logFile?: string | undefined
  /** One that does not stream by then is built anew. Its own recovery comes first. */
  readonly streamsWithinMs: number
  readonly signal: AbortSignal
}

const killTimeoutMs = 5000

export type Reattached = {
  readonly how: "streamed" | "rebuilt"
  /** Why streaming was not enough. */
  readonly reason?: string
}

/**
 * Brings a server back as a replica. A former primary may hold commits nobody acknowledged, which the new one lacks:
 * Postgres itself looks for that before it streams, so trying is safe, and only who cannot follow is built anew. Throws
 * BN2260 while it runs, BN2257 and BN2259 when not even a fresh copy streams, or the signal's reason; it is stopped then.
 */
export async function reattach(options: ReattachOptions): Promise<Reattached> {
  const { member, process, primary, signal } = options
  if (hasLivePostgres(member.dataFolder)) {
    throw replicationError("BN2260", { id: member.id, folder: member.dataFolder })
  }
  try {
    await atServer(primary, signal, client => ensureSlot(client, slotOf(member)))
    const reason = await tryAsItIs(options)
    if (reason === undefined) {
      // Those who followed it when it was the primary must not keep its log for ever.
      await atServer(member, signal, client => dropSlotsBut(client, []))
      return { how: "streamed" }
    }
    await process.kill(signal)
    await inPlaceOf(member.dataFolder, () => options.rebuild(signal))
    await startAndJoin(options)
    return { how: "rebuilt", reason }
  } catch (error) {
    await process.kill(AbortSignal.timeout(killTimeoutMs)).catch(() => {})
    throw error
  }
}

/** Undefined when it streams, else why not. */
async function tryAsItIs(options: ReattachOptions): Promise<string | undefined> {
  try {
    await startAndJoin(options)
    return undefined
  } catch (error) {
    options.signal.throwIfAborted()
    if (!isBanyanError(error)) throw error
    return error.message
  }
}

async function startAndJoin(options: ReattachOptions): Promise<void> {
  const { member, primary, process, signal, streamsWithinMs: withinMs } = options
  const log = new StandbyLog(options.logFile)
  writeUpstream(member, primary, "newcomer")
  writeStandbySignal(member)
  await process.start(signal)
  await join(member, primary, { withinMs, signal, log })
}

/** The old folder stands aside until the new one is whole; when that fails it is back. */
async function inPlaceOf(folder: string, make: () => Promise<unknown>): Promise<void> {
  const aside = `${folder}.former`
  rmSync(aside, { recursive: true, force: true })
  renameSync(folder, aside)
  try {
    await make()
  } catch (error) {
    if (!existsSync(folder)) renameSync(aside, folder)
    throw error
  }
  rmSync(aside, { recursive: true, force: true })
}
