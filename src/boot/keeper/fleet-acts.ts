import type { DatabaseAct } from "../../drivers/database-acts.ts"
import type { KeeperWork } from "../../drivers/local/keeper-protocol.ts"
import { applyQuorum } from "../../tiers/data/postgres/replication/apply-quorum.ts"
import { attach } from "../../tiers/data/postgres/replication/attach.ts"
import { failOver } from "../../tiers/data/postgres/replication/failover.ts"
import {
  type FleetRecordFile,
  type RecordedOrder,
  type RecordedPromotion,
  recordedPrimary,
} from "../../tiers/data/postgres/replication/fleet-record.ts"
import { becomeReplica, follow } from "../../tiers/data/postgres/replication/follow.ts"
import { atServer, slotOf } from "../../tiers/data/postgres/replication/member.ts"
import { onceBorn } from "../../tiers/data/postgres/replication/once-up.ts"
import type { Promotion, PromotionOrder } from "../../tiers/data/postgres/replication/promote.ts"
import { forgetReplica, removeReplicaData } from "../../tiers/data/postgres/replication/replica.ts"
import { replicationError } from "../../tiers/data/postgres/replication/replication-errors.ts"
import { settlePromotion } from "../../tiers/data/postgres/replication/settle-promotion.ts"
import { ensureSlot } from "../../tiers/data/postgres/replication/slots.ts"
import { prepareSwitchover, switchOver } from "../../tiers/data/postgres/replication/switchover.ts"
import { hasLivePostgres } from "../../tiers/data/postgres/server/pid-file.ts"
import type { Epoch } from "../../wire/epoch.ts"
import { logOf } from "../project-paths.ts"
import type { FleetServers } from "./fleet-servers.ts"

type Act<Name extends KeeperWork["act"]> = Extract<KeeperWork, { readonly act: Name }>
export type Outcome =
  | {
      readonly done: true
      readonly promotion?: RecordedPromotion
      readonly words?: string
      readonly rebuilt?: string
    }
  | { readonly done: false; readonly refusal: string }

/** Waits of what nobody notices; on a starved machine everything takes several times as long. */
const stepWithinMs = 15_000
const quorumWithinMs = 10_000
/** A standby that is not fenced by then does not answer. */
const fenceWithinMs = 3_000
/** How long a failover tells nobody of the new primary while its commits still wait for the others. */
const gatherWithinMs = 2_000
/** Writers wait meanwhile. */
const pauseWithinMs = 10_000
const promoteWithinMs = 60_000
const streamsWithinMs = 10_000
const lookWithinMs = 3_000

/**
 * The acts of the contract (drivers/database-acts.ts), made of the data tier's doers and this host's record. May be killed
 * at any moment: whatever is repeated finds in the record and in the servers themselves how far it came.
 */
export class FleetActs {
  readonly #servers: FleetServers
  readonly #record: FleetRecordFile

  constructor(servers: FleetServers, record: FleetRecordFile) {
    this.#servers = servers
    this.#record = record
  }

  do(
    work: Act<"quorum" | "prepare-switchover" | "switch-over" | "promotions">,
    epoch: Epoch,
    signal: AbortSignal,
  ): Promise<unknown> {
    if (work.act === "quorum") return this.#quorum(work, epoch, signal)
    if (work.act === "prepare-switchover") return this.#prepareSwitchover(work, epoch, signal)
    if (work.act === "switch-over") return this.#switchOver(work, epoch, signal)
    return this.settle(epoch, signal).then(() => this.#record.value.promotions)
  }

  /** What became of a promotion whose keeper died in the middle. */
  async settle(epoch: Epoch, signal: AbortSignal): Promise<void> {
    const { ordered } = this.#record.value
    if (ordered === undefined) return
    const { id } = ordered
    const [member, process] = [await this.#servers.member(id), this.#servers.process(id, epoch)]
    const order = { id, timeline: ordered.timeline, horizon: ordered.horizon }
    const options = { order, member, process, answersWithinMs: fenceWithinMs, promoteWithinMs, signal }
    this.#close(ordered, await settlePromotion(options), {})
  }

  async failOver(act: Act<"fail-over">, epoch: Epoch, signal: AbortSignal): Promise<Outcome> {
    await this.settle(epoch, signal)
    const before = this.#promotionOf(act.former)
    if (before !== undefined) return this.#followPromoted(before, act.standbys, signal)
    this.#mustBePrimary(act.former)
    const [former, standbys] = [
      await this.#servers.member(act.former),
      await this.#servers.members(act.standbys),
    ]
    // What this host set counts for more than what somebody was told who may have died before he heard.
    const { quorums } = this.#record.value
    const last = quorums.at(-1) ?? plain(act.quorum)
    const result = await failOver({
      former,
      standbys,
      quorums: [...quorums.slice(0, -1), last],
      killFormer: aborted => this.#servers.process(act.former, epoch).kill(aborted),
      onOrder: order => this.#order("fail-over", act.former, order),
      fenceWithinMs,
      quorumWithinMs: gatherWithinMs,
      signal,
    })
    if (!result.promoted) {
      const unreached = result.unreached.map(({ id, reason }) => `${id}: ${reason}`).join("; ")
      return { done: false, refusal: `${result.refusal.words}${unreached === "" ? "" : ` (${unreached})`}` }
    }
    const promotion = this.#close(this.#record.value.ordered, result, result.parts)
    const words = result.hasQuorum ? {} : { words: "its commits wait until enough of the others follow" }
    return { done: true, ...(promotion && { promotion }), ...words }
  }

  /** Everything a start needs: a copy, or a folder that comes up as a replica. Nothing for the primary itself. */
  async prepare({ id, ...act }: Act<"prepare">, signal: AbortSignal): Promise<null> {
    const primary = recordedPrimary(this.#record.value) ?? act.primary
    if (id === primary) return null
    if (!(await this.#servers.hasData(id, primary))) {
      const upstream = await this.#servers.member(primary)
      // Where replicas have lost their data, as after a restore, all are started at once.
      await onceBorn(() => atServer(upstream, signal, async () => {}), signal)
      await this.#servers.copy(id, primary, signal)
    } else {
      const [member, upstream] = await this.#servers.members([id, primary])
      if (member === undefined || upstream === undefined || hasLivePostgres(member.dataFolder)) return null
      becomeReplica(member, upstream)
      // It would ask for its slot a hundred times a second. A primary that does not answer is looked at when this is attached.
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(lookWithinMs)])
      await atServer(upstream, inTime, there => ensureSlot(there, slotOf(member))).catch(() => {})
    }
    return null
  }

  async attach(act: Act<"attach">, epoch: Epoch, signal: AbortSignal): Promise<Outcome> {
    const { id, primary, restart, anew, bornBeforeMs } = act
    this.#mustBePrimary(primary)
    this.#mustNotBe(primary, id, "attached")
    await this.#servers.hasData(id, primary)
    const { how, reason } = await attach({
      member: await this.#servers.member(id),
      primary: await this.#servers.member(primary),
      process: this.#servers.process(id, epoch),
      restart: restart === true,
      bornBeforeMs,
      anew: anew === true,
      rebuild: aborted => this.#servers.copy(id, primary, aborted),
      logFile: logOf(id),
      streamsWithinMs,
      signal,
    })
    if (how === "streamed") return { done: true, words: "it streams" }
    const rebuilt = reason ?? "it could not follow"
    return { done: true, words: `built anew: ${rebuilt}`, rebuilt }
  }

  async detach({ id, primary }: Act<"detach">, signal: AbortSignal): Promise<Outcome> {
    this.#mustBePrimary(primary)
    this.#mustNotBe(primary, id, "removed")
    const [member, upstream] = [await this.#servers.member(id), await this.#servers.member(primary)]
    // The data first: that waits until nobody is left who streams through the slot.
    await removeReplicaData(member, signal)
    await forgetReplica(member, upstream, AbortSignal.any([signal, AbortSignal.timeout(stepWithinMs)]))
    return { done: true }
  }

  async #quorum(act: Act<"quorum">, epoch: Epoch, signal: AbortSignal): Promise<Outcome> {
    await this.settle(epoch, signal)
    this.#mustBePrimary(act.primary)
    const quorum = plain(act.quorum)
    const { quorums } = this.#record.value
    const before = quorums.length > 0 ? quorums : [{ members: quorum.members, acks: 0 }]
    await applyQuorum({
      primary: await this.#servers.member(act.primary),
      standbys: await this.#servers.members(quorum.members.filter(id => id !== act.primary)),
      quorum,
      // From the first write on commits may wait for either; a failover must be right by both.
      onChange: () => this.#record.setQuorums([...before.filter(one => !isSame(one, quorum)), quorum]),
      withinMs: quorumWithinMs,
      signal,
    })
    this.#record.setQuorums([quorum])
    return { done: true }
  }

  async #prepareSwitchover(
    act: Act<"prepare-switchover">,
    epoch: Epoch,
    signal: AbortSignal,
  ): Promise<Outcome> {
    await this.settle(epoch, signal)
    if (this.#promotionOf(act.former)?.id === act.target) return { done: true }
    this.#mustBePrimary(act.former)
    await prepareSwitchover({ ...(await this.#cast(act)), withinMs: stepWithinMs, signal })
    return { done: true }
  }

  async #switchOver(act: Act<"switch-over">, epoch: Epoch, signal: AbortSignal): Promise<Outcome> {
    await this.settle(epoch, signal)
    const before = this.#promotionOf(act.former)
    if (before?.id === act.target) return { done: true, promotion: before }
    this.#mustBePrimary(act.former)
    const result = await switchOver({
      ...(await this.#cast(act)),
      process: this.#servers.process(act.former, epoch),
      onOrder: order => this.#order("switch-over", act.former, order),
      withinMs: pauseWithinMs,
      stepWithinMs: promoteWithinMs,
      signal,
    })
    const promotion = this.#close(this.#record.value.ordered, result, result.parts)
    return { done: true, ...(promotion && { promotion }) }
  }

  async #cast({ former, target, others }: Act<"prepare-switchover" | "switch-over">) {
    return {
      former: await this.#servers.member(former),
      target: await this.#servers.member(target),
      others: await this.#servers.members(others),
    }
  }

  /** Whoever was told nothing follows whom nobody knows of yet: as newcomers, until they are attached. */
  async #followPromoted(
    promotion: RecordedPromotion,
    standbys: readonly string[],
    signal: AbortSignal,
  ): Promise<Outcome> {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(lookWithinMs)])
    const upstream = await this.#servers.member(promotion.id)
    const others = await this.#servers.members(standbys.filter(id => id !== promotion.id))
    const told = atServer(upstream, inTime, async there => {
      for (const other of others) {
        const at = (standby: typeof there) =>
          follow(other, upstream, { standby, upstream: there }, "newcomer")
        await atServer(other, inTime, at).catch(() => {})
      }
    })
    await told.catch(() => {})
    return { done: true, promotion }
  }

  #order(why: RecordedOrder["why"], former: string, { horizon, ...order }: PromotionOrder): void {
    this.#record.order({ ...order, former, why, atMs: Date.now(), ...(horizon && { horizon }) })
  }

  #close(
    ordered: RecordedOrder | undefined,
    found: Promotion | undefined,
    parts: Readonly<Record<string, number>>,
  ): RecordedPromotion | undefined {
    const promotion = ordered && found && promotionOf(ordered, found, parts)
    this.#record.close(promotion)
    return promotion
  }

  /** The last promotion, when it was in that one's place. */
  #promotionOf(former: string): RecordedPromotion | undefined {
    const last = this.#record.value.promotions.at(-1)
    return last?.former === former ? last : undefined
  }

  #mustBePrimary(id: string): void {
    const primary = recordedPrimary(this.#record.value)
    if (primary !== undefined && primary !== id) throw replicationError("BN2269", { id, primary })
  }

  #mustNotBe(primary: string, id: string, what: string): void {
    if (id === primary) throw replicationError("BN2268", { id, what })
  }
}

function promotionOf(
  { id, former, why, atMs }: RecordedOrder,
  { timeline, horizon }: Promotion,
  parts: Readonly<Record<string, number>>,
): RecordedPromotion {
  const rounded = Object.entries(parts).map(([name, ms]) => [name, Math.round(ms * 10) / 10])
  const horizonXid = horizon === undefined ? {} : { horizonXid: horizon.xid }
  return { id, former, timeline, why, atMs, parts: Object.fromEntries(rounded), ...horizonXid }
}

function plain({ members, acks }: Extract<DatabaseAct, { act: "quorum" }>["quorum"]) {
  return { members: [...members], acks }
}

function isSame(a: { members: readonly string[]; acks: number }, b: typeof a): boolean {
  return a.acks === b.acks && a.members.join() === b.members.join()
}
