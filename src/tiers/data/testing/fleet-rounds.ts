import { type Attached, attach } from "../postgres/replication/attach.ts"
import { type FailoverResult, failOver } from "../postgres/replication/failover.ts"
import type { Member } from "../postgres/replication/member.ts"
import type { Quorum } from "../postgres/replication/quorum.ts"

import { replicaBirth } from "../postgres/replication/replica.ts"
import { prepareSwitchover, type Switchover, switchOver } from "../postgres/replication/switchover.ts"
import type { LedgerWriters } from "./ledger-writers.ts"
import { type TemporaryFleet, testTimeoutMs } from "./temporary-fleet.ts"

/** `alive`: nothing happens to it, it is only taken for dead. */
export type Strike = "kill" | "freeze" | "alive"

export type Round<Result> = {
  readonly result: Result
  /** From the blow, or from the closing of the gate, to the first acknowledgement by the new primary. */
  readonly pauseMs: number
  readonly back: Attached
  readonly backMs: number
}

/** What a round needs of those who write meanwhile. */
export type RoundWriters = Pick<LedgerWriters, "firstAfter" | "moveTo">

/** A promotion waits so long for the end of a primary that never ends. */
const aliveFenceMs = 5_000

/** Test support: one primary is struck under load, another takes its place, and it comes back as a replica. */
export async function failOverRound(
  fleet: TemporaryFleet,
  primary: string,
  quorum: Quorum,
  writers: RoundWriters,
  strike: Strike | (() => Promise<void>),
): Promise<Round<FailoverResult & { readonly promoted: true }>> {
  const former = fleet.at(primary)
  await (typeof strike === "function" ? strike() : writers.firstAfter(performance.now()))
  const struckMs = performance.now()
  if (strike === "kill") process.kill(former.pid as number, "SIGKILL")
  if (strike === "freeze") former.freeze()
  const result = await failOver({
    former: former.member,
    standbys: fleet.members.filter(({ id }) => id !== primary),
    quorums: [quorum],
    // One that is only taken for dead, and that no signal ends, lives on through all of it: the fence alone must do.
    killFormer: () => (strike === "alive" ? new Promise<never>(() => {}) : former.killWholly()),
    fenceWithinMs: strike === "alive" ? aliveFenceMs : testTimeoutMs,
    quorumWithinMs: testTimeoutMs,
    signal: AbortSignal.timeout(testTimeoutMs),
  })
  if (!result.promoted) throw new Error(result.refusal.words)
  const promotedMs = performance.now()
  writers.moveTo(fleet.at(result.primary.id))
  const first = await writers.firstAfter(promotedMs)
  await former.killWholly()
  return { result, pauseMs: first.atMs - struckMs, ...(await bringBack(fleet, primary, result.primary)) }
}

/** Test support: a planned change under load, and the former primary comes back. */
export async function switchOverRound(
  fleet: TemporaryFleet,
  primary: string,
  to: string,
  writers: LedgerWriters,
): Promise<Round<Switchover>> {
  const former = fleet.at(primary)
  const cast = {
    former: former.member,
    target: fleet.at(to).member,
    others: fleet.members.filter(({ id }) => id !== primary && id !== to),
    withinMs: testTimeoutMs,
    signal: AbortSignal.timeout(testTimeoutMs),
  }
  await prepareSwitchover(cast)
  const pausedMs = performance.now()
  await writers.pause()
  const result = await switchOver({ ...cast, process: former.process, stepWithinMs: testTimeoutMs })
  const resumedMs = performance.now()
  writers.resume(fleet.at(to))
  const first = await writers.firstAfter(resumedMs)
  return {
    result,
    pauseMs: first.atMs - pausedMs,
    ...(await bringBack(fleet, primary, fleet.at(to).member)),
  }
}

async function bringBack(
  fleet: TemporaryFleet,
  id: string,
  upstream: Member,
): Promise<{ back: Attached; backMs: number }> {
  const { member, process, logFile } = fleet.at(id)
  const startedMs = performance.now()
  const back = await attach({
    member,
    process,
    primary: upstream,
    logFile,
    rebuild: signal => fleet.prepare(id, replicaBirth({ id, upstream, signal })),
    streamsWithinMs: testTimeoutMs,
    signal: AbortSignal.timeout(testTimeoutMs),
  })
  return { back, backMs: performance.now() - startedMs }
}
