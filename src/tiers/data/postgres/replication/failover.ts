import { existsSync } from "node:fs"
import type pg from "pg"
import { messageOf } from "../../../../kit/errors.ts"
import { orAborted } from "../../../../kit/node/until.ts"
import { destroyConnection } from "../connection.ts"
import { writeQuorum } from "./apply-quorum.ts"
import { fence } from "./fence.ts"
import { follow } from "./follow.ts"
import { type Member, openMember } from "./member.ts"
import { type Horizon, type OnOrder, promote, readHorizon } from "./promote.ts"
import { chooseUnderAll, type Position, type Quorum, type Refusal } from "./quorum.ts"
import { stopwatch } from "./stopwatch.ts"
import { waitQuorum } from "./streaming.ts"
import { readUpstream, removeUpstream, type StandbyRole, writeUpstream } from "./upstream.ts"

export type FailoverOptions = {
  readonly former: Member
  /** Every other member, whether it answers or not. */
  readonly standbys: readonly Member[]
  /**
   * What commits waited for (applyQuorum): it decides whether anybody may be promoted. Several, the newest last, when it
   * was being changed: each must allow it.
   */
  readonly quorums: readonly [...Quorum[], Quorum]
  /** Ends what is left of the former primary, where that is possible. Whatever comes of this waits for it, but not for its success. */
  readonly killFormer: (signal: AbortSignal) => Promise<void>
  /** Called before the promotion is ordered; what it throws ends the failover. */
  readonly onOrder?: OnOrder
  /** A standby that is not fenced by then counts as not reached. */
  readonly fenceWithinMs: number
  /** How long the new primary's commits may wait for the others before this says so. */
  readonly quorumWithinMs: number
  readonly signal: AbortSignal
}

/** Milliseconds, in the order of what they tell. */
export type FailoverParts = {
  readonly fenceMs: number
  /** What the end of the former primary took longer than the fence. */
  readonly killMs: number
  readonly horizonMs: number
  readonly promoteMs: number
  /** Until enough of the others stream on the new timeline: from then on commits are acknowledged. */
  readonly quorumMs: number
}

export type FailoverResult =
  | {
      readonly promoted: true
      readonly primary: Member
      readonly timeline: number
      readonly horizon: Horizon | undefined
      /** Whether commits are acknowledged already. */
      readonly hasQuorum: boolean
      readonly parts: FailoverParts
    }
  | { readonly promoted: false; readonly refusal: Refusal; readonly unreached: readonly Unreached[] }

export type Unreached = { readonly id: string; readonly reason: string }
/** What was ordered is waited for; a promotion takes as long as what is left to replay. */
const promoteTimeoutMs = 60_000
const unfenceTimeoutMs = 1000

type Reached = { readonly member: Member; readonly client: pg.Client; readonly position: Position }

/**
 * Puts a standby in the primary's place: fence all that can be reached, choose by what they received, promote, and let
 * the others follow. Nothing acknowledged is lost, whether the former primary is dead, hangs or lives; where that cannot
 * be known nobody is promoted, and the standbys follow the former primary again, as they do when this is aborted before
 * the promotion. Throws BN2263, or the signal's reason.
 */
export async function failOver(options: FailoverOptions): Promise<FailoverResult> {
  const { former, standbys, quorums, signal } = options
  const clients = new Map<Member, pg.Client>()
  const roles = new Map(standbys.map(one => [one, readUpstream(one.dataFolder)?.role] as const))
  let ordered = false
  try {
    const clock = stopwatch()
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(options.fenceWithinMs)])
    // Not for longer: a process that waits in the kernel ends by no signal, and the fence alone must do.
    const killing = orAborted(options.killFormer(inTime), inTime).catch(() => {})
    const { reached, unreached } = await fenceAll(standbys, clients, inTime)
    signal.throwIfAborted()
    const fenceMs = clock()
    // Whoever is refused is told so with nothing under way: what he starts again would be ended after that.
    await killing
    const killMs = clock()
    const positions = reached.map(({ position }) => position)
    const choice = chooseUnderAll(quorums, former.id, positions)
    if (choice.refusal !== undefined) return { promoted: false, refusal: choice.refusal, unreached }
    const chosen = reached.find(({ member }) => member.id === choice.chosen.id) as Reached
    const read = await orAborted(readHorizon(chosen.client, signal), signal)
    const horizonMs = clock()
    // Its first commit waits already, whatever its copy was born with.
    writeQuorum(chosen.member, quorumOfAll(quorums))
    await orAborted(chosen.client.query("select pg_reload_conf()"), signal)
    options.onOrder?.({ id: chosen.member.id, timeline: chosen.position.timeline, horizon: read })
    ordered = true
    const promotion = await promote(chosen.client, chosen.member, read, AbortSignal.timeout(promoteTimeoutMs))
    const promoteMs = clock()
    const hasQuorum = await gatherQuorum(chosen, reached, options)
    const parts = { fenceMs, killMs, horizonMs, promoteMs, quorumMs: clock() }
    return { promoted: true, primary: chosen.member, ...promotion, hasQuorum, parts }
  } finally {
    if (!ordered) {
      const back = (one: Member) => unfence(one, former, roles.get(one) ?? "newcomer", clients.get(one))
      await Promise.all(standbys.map(back))
    }
    for (const client of clients.values()) destroyConnection(client)
  }
}

async function fenceAll(
  standbys: readonly Member[],
  clients: Map<Member, pg.Client>,
  inTime: AbortSignal,
): Promise<{ reached: Reached[]; unreached: Unreached[] }> {
  const [reached, unreached]: [Reached[], Unreached[]] = [[], []]
  const one = async (member: Member) => {
    // First of all: one that does not answer, or does not run, follows nobody either once it does.
    if (existsSync(member.dataFolder)) removeUpstream(member)
    const client = await openMember(member, inTime)
    clients.set(member, client)
    reached.push({ member, client, position: await orAborted(fence(client, member, inTime), inTime) })
  }
  await Promise.all(
    standbys.map(member =>
      one(member).catch(error => unreached.push({ id: member.id, reason: messageOf(error) })),
    ),
  )
  return { reached, unreached }
}

/** The others follow the new primary. False: not enough of them do in time, and its commits wait. */
async function gatherQuorum(
  chosen: Reached,
  reached: readonly Reached[],
  { standbys, quorums, quorumWithinMs }: FailoverOptions,
): Promise<boolean> {
  const inTime = AbortSignal.timeout(quorumWithinMs)
  const others = standbys.filter(standby => standby !== chosen.member)
  const gathering = async () => {
    for (const member of others) {
      const known = reached.find(one => one.member === member)
      // On the same timeline, and not ahead: its log is the beginning of the new primary's. Of others nobody knows.
      const role = known?.position.timeline === chosen.position.timeline ? "member" : "newcomer"
      await follow(member, chosen.member, { standby: known?.client, upstream: chosen.client }, role)
    }
    await waitQuorum(chosen.client, quorumOfAll(quorums), inTime)
    return true
  }
  return orAborted(gathering(), inTime).catch(() => false as const)
}

function quorumOfAll(quorums: FailoverOptions["quorums"]): Quorum {
  return quorums.at(-1) as Quorum
}

/**
 * As it was before: one whose log is not known to be the former primary's does not become a member by this. One that does
 * not answer takes it up when it is started again, or told to look.
 */
async function unfence(
  standby: Member,
  former: Member,
  role: StandbyRole,
  client: pg.Client | undefined,
): Promise<void> {
  if (existsSync(standby.dataFolder)) writeUpstream(standby, former, role)
  if (client === undefined) return
  const inTime = AbortSignal.timeout(unfenceTimeoutMs)
  await orAborted(client.query("select pg_reload_conf()"), inTime).catch(() => {})
}
