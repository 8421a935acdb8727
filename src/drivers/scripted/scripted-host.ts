import type { Clock } from "../../kit/clock.ts"
import type { InstanceId } from "../../topology/topology.ts"
import { type Epoch, formatEpoch } from "../../wire/epoch.ts"
import type {
  DatabaseAct,
  DatabaseHost,
  DatabaseOutcome,
  DatabaseQuorum,
  PromotionRecord,
} from "../database-acts.ts"
import { driversError } from "../drivers-errors.ts"
import type { ScriptedFleet } from "./scripted-fleet.ts"

export type HostPorts = {
  readonly clock: Clock
  /** Refuses an older epoch. */
  readonly accept: (call: string, epoch: Epoch) => void
  readonly newest: () => Epoch
  readonly reach: (call: string) => void
  /** Ends a process: in order, or at once. */
  readonly end: (id: InstanceId, how: "in order" | "at once") => Promise<void>
  /** A process for a database that has none. */
  readonly revive: (id: InstanceId) => Promise<void>
  readonly bornAtMs: (id: InstanceId) => number
  /** How long each part of an act takes. */
  readonly partMs: () => number
}

type Kind<A extends DatabaseAct["act"]> = Extract<DatabaseAct, { act: A }>
type Pass = () => Promise<void>

const settleParts = 40

/** What a host does to the databases in memory, one act at a time; between two parts of one anything may happen. */
export class ScriptedHost implements DatabaseHost {
  readonly #fleet: ScriptedFleet
  readonly #ports: HostPorts
  /** Acts that fail before they have changed anything. */
  readonly failing = new Map<DatabaseAct["act"], Error>()
  #serial: Promise<unknown> = Promise.resolve()

  constructor(fleet: ScriptedFleet, ports: HostPorts) {
    this.#fleet = fleet
    this.#ports = ports
  }

  async promotions(): Promise<readonly PromotionRecord[]> {
    this.#ports.reach("promotions")
    return [...this.#fleet.promotions]
  }

  act(act: DatabaseAct, epoch: Epoch): Promise<DatabaseOutcome> {
    const call = `${act.act} ${subjectOf(act)}`
    try {
      this.#ports.accept(call, epoch)
    } catch (error) {
      return Promise.reject(error)
    }
    const done = this.#serial.then(async () => {
      const pass = () => this.#pass(epoch)
      await pass()
      const failure = this.failing.get(act.act)
      if (failure !== undefined) throw failure
      return this.#do(act, pass)
    })
    this.#serial = done.catch(() => {})
    return done
  }

  /** A while; then a newer control plane may have taken over. */
  async #pass(epoch: Epoch): Promise<void> {
    await new Promise<void>(resolve => this.#ports.clock.after(this.#ports.partMs(), resolve))
    const newest = this.#ports.newest()
    if (newest.term <= epoch.term) return
    throw driversError("BN1401", {
      driver: "scripted",
      epoch: formatEpoch(epoch),
      newest: formatEpoch(newest),
    })
  }

  #do(act: DatabaseAct, pass: Pass): Promise<DatabaseOutcome> {
    if (act.act === "quorum") return this.#quorum(act, pass)
    if (act.act === "fail-over") return this.#failOver(act, pass)
    if (act.act === "prepare-switchover") return this.#prepare(act)
    if (act.act === "switch-over") return this.#switchOver(act, pass)
    if (act.act === "configure") return this.#configure(act)
    return act.act === "attach" ? this.#attach(act, pass) : this.#detach(act)
  }

  async #configure({ ids, settings, ask }: Kind<"configure">): Promise<DatabaseOutcome> {
    const { sharedBuffersMb } = settings
    const differs = (id: InstanceId) =>
      this.#fleet.answers(id) && this.#fleet.data(id)?.sharedBuffersMb !== sharedBuffersMb
    if (ask) return { done: true, restartDue: ids.filter(differs) }
    for (const id of ids) {
      Object.assign(this.#fleet.data(id) ?? {}, { sharedBuffersMb })
      this.#fleet.onChange(id)
    }
    return { done: true, restartDue: ids.filter(id => this.#fleet.isRestartDue(id)) }
  }

  async #quorum({ primary, quorum }: Kind<"quorum">, pass: Pass): Promise<DatabaseOutcome> {
    const data = this.#primary(primary)
    const members = quorum.members.filter(id => id !== primary)
    if (members.filter(id => this.#fleet.isStreaming(id)).length < quorum.acks)
      throw new Error(`too few of ${members.join(", ")} stream`)
    const former = data.quorum
    for (const id of quorum.members) Object.assign(this.#fleet.data(id) ?? {}, { quorum })
    this.#fleet.reloaded(primary)
    const needed = data.log?.length ?? 0
    for (let part = 0; part < settleParts; part++) {
      await pass()
      if (this.#primary(primary) && this.#fleet.confirmed(primary, needed) >= quorum.acks)
        return { done: true }
    }
    for (const id of quorum.members) Object.assign(this.#fleet.data(id) ?? {}, { quorum: former })
    this.#fleet.reloaded(primary)
    throw new Error(`${members.join(", ")} did not have everything in time`)
  }

  async #failOver({ former, standbys, quorum }: Kind<"fail-over">, pass: Pass): Promise<DatabaseOutcome> {
    const known = this.#promotedFrom(former)
    if (known !== undefined) return { done: true, promotion: known }
    const reached = standbys.filter(id => this.#fleet.answers(id) && this.#fleet.data(id)?.role === "replica")
    for (const id of reached) Object.assign(this.#fleet.data(id)!, { follows: undefined })
    await this.#ports.end(former, "at once")
    await pass()
    const living = reached.filter(id => this.#fleet.answers(id))
    const choice = this.#choose(quorum, former, living)
    if (typeof choice === "object") {
      for (const id of reached) Object.assign(this.#fleet.data(id) ?? {}, { follows: former })
      return { done: false, refusal: choice.refusal }
    }
    await pass()
    if (!this.#fleet.answers(choice)) throw new Error(`${choice} ended before it was promoted`)
    return { done: true, promotion: this.#promote(choice, former, living, "fail-over") }
  }

  #choose({ members, acks }: DatabaseQuorum, former: InstanceId, reached: readonly InstanceId[]) {
    const standbys = members.filter(id => id !== former)
    const eligible = standbys.filter(id => reached.includes(id))
    if (acks === 0) return { refusal: "commits waited for no replica" }
    if (eligible.length + acks <= standbys.length)
      return { refusal: `${eligible.length} of ${standbys.length} replicas were reached` }
    const rank = (id: InstanceId) => {
      const { timeline = 0, log } = this.#fleet.data(id) ?? {}
      return timeline * 1e9 + (log?.length ?? 0)
    }
    return eligible.reduce((best, next) => (rank(next) > rank(best) ? next : best))
  }

  #promote(id: InstanceId, former: InstanceId, others: readonly InstanceId[], why: PromotionRecord["why"]) {
    const data = this.#fleet.data(id)!
    const newest = this.#fleet.promotions.at(-1)?.timeline ?? 1
    const timeline = Math.max(newest, data.timeline) + 1
    Object.assign(data, { role: "primary", timeline, follows: undefined })
    const parts = { fenceMs: 1, promoteMs: 1 }
    const record = {
      id,
      former,
      timeline,
      horizonXid: String(1000 + timeline),
      why,
      atMs: this.#ports.clock.nowMs(),
      parts,
    }
    this.#fleet.promotions.push(record)
    for (const other of others) if (other !== id) Object.assign(this.#fleet.data(other)!, { follows: id })
    for (const other of [id, ...others]) this.#fleet.onChange(other)
    for (const other of others) this.#fleet.ship(other)
    return record
  }

  async #prepare({ former, target, others }: Kind<"prepare-switchover">): Promise<DatabaseOutcome> {
    this.#primary(former)
    if (!this.#fleet.isStreaming(target) || this.#fleet.data(target)?.follows !== former)
      return { done: false, refusal: `${target} does not stream from ${former}` }
    for (const id of others) {
      if (this.#fleet.data(id)?.role !== "replica") continue
      Object.assign(this.#fleet.data(id)!, { follows: target })
      this.#fleet.ship(id)
    }
    return { done: true }
  }

  async #switchOver({ former, target, others }: Kind<"switch-over">, pass: Pass): Promise<DatabaseOutcome> {
    const known = this.#promotedFrom(former)
    if (known !== undefined) return { done: true, promotion: known }
    const goBack = (refusal: string): DatabaseOutcome => {
      for (const id of others) {
        if (this.#fleet.data(id)?.role === "replica")
          Object.assign(this.#fleet.data(id)!, { follows: former })
        this.#fleet.ship(id)
      }
      return { done: false, refusal }
    }
    if (!this.#fleet.answers(former)) return goBack(`${former} does not answer`)
    for (let part = 0; part < settleParts; part++) {
      const [mine, its] = [this.#fleet.data(former)?.log, this.#fleet.data(target)?.log]
      if (mine === its && this.#fleet.isStreaming(target)) {
        await this.#ports.end(former, "in order")
        await pass()
        if (!this.#fleet.answers(target)) {
          await this.#ports.revive(former)
          return goBack(`${target} ended`)
        }
        return { done: true, promotion: this.#promote(target, former, others, "switch-over") }
      }
      this.#fleet.ship(target)
      await pass()
    }
    return goBack(`${target} did not catch up`)
  }

  async #attach(act: Kind<"attach">, pass: Pass): Promise<DatabaseOutcome> {
    const { id, primary, restart, anew, bornBeforeMs = 0 } = act
    this.#primary(primary)
    const data = this.#fleet.data(id)
    const isOld = this.#ports.bornAtMs(id) < bornBeforeMs
    if (isOld || (restart && this.#fleet.isRestartDue(id))) await this.#ports.end(id, "in order")
    if (data !== undefined) Object.assign(data, { role: "replica", follows: primary })
    await this.#ports.revive(id)
    for (let part = 0; part < settleParts / 4 && !anew; part++) {
      await pass()
      this.#primary(primary)
      if (this.#fleet.isStreaming(id)) return { done: true, words: "streamed" }
    }
    if (!this.#fleet.answers(id)) throw new Error(`${id} does not answer`)
    this.#fleet.copy(id, primary)
    await pass()
    this.#fleet.onChange(id)
    return { done: true, words: "built anew", rebuilt: anew ? "it was too far behind" : "it does not stream" }
  }

  async #detach({ id }: Kind<"detach">): Promise<DatabaseOutcome> {
    if (this.#fleet.answers(id)) throw new Error(`${id} still runs`)
    this.#fleet.remove(id)
    return { done: true }
  }

  /** Done already, by somebody who did not live to hear of it. */
  #promotedFrom(former: InstanceId): PromotionRecord | undefined {
    const last = this.#fleet.promotions.at(-1)
    const isPrimary = last !== undefined && this.#fleet.data(last.id)?.role === "primary"
    return isPrimary && last.former === former ? last : undefined
  }

  #primary(id: InstanceId) {
    const data = this.#fleet.data(id)
    if (data?.role !== "primary" || !this.#fleet.answers(id))
      throw new Error(`${id} is no primary that answers`)
    return data
  }
}

function subjectOf(act: DatabaseAct): string {
  if (act.act === "quorum") return act.primary
  if (act.act === "fail-over") return act.former
  if (act.act === "configure") return act.ids.join(" ")
  return "target" in act ? act.target : act.id
}
