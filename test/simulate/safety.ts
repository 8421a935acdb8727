import type { JournalRecord } from "../../src/control/journal/journal-record.ts"
import { beatMs } from "../../src/kit/silence.ts"
import type { InstanceId } from "../../src/topology/topology.ts"
import type { PlanView } from "../../src/wire/admin.ts"
import { compareEpochs, type Epoch, formatEpoch, zeroEpoch } from "../../src/wire/epoch.ts"
import type { ServiceMap } from "../../src/wire/map.ts"
import { Ledger } from "./ledger.ts"
import type { SimProcess } from "./sim-process.ts"
import { limits, type SimWorld } from "./sim-world.ts"

/** What must never happen, looked at from outside at every event. */
export class Safety {
  readonly violations: string[] = []
  /** Processes that a failure took. Until the service is whole again it may be below its minimum. */
  readonly wounded = new Set<string>()
  readonly ledger = new Ledger()
  readonly #world: SimWorld
  #served = false
  readonly #openDatabases = new Set<string>()
  #newestMap: ServiceMap | undefined
  #newestEpoch: Epoch = zeroEpoch
  #newestTerm = 0
  #fencedTerm = 0
  #journalOwner = 0
  #agentOwner = 0
  readonly #undoing = new Set<string>()
  readonly #maps = new Map<string, string>()
  /** Since when the newest map has been retiring an instance. */
  readonly #retiringSinceMs = new Map<string, number>()

  constructor(world: SimWorld) {
    this.#world = world
  }

  /** Whether a request that comes now is answered. */
  get serving(): boolean {
    return [...this.#world.processes.values()].some(each => each.isOpen && each.canServe)
  }

  look(): void {
    const { serving } = this
    if (this.#served && !serving && this.wounded.size === 0 && !this.ledger.goingDown)
      this.violated("below the healthy minimum: no open front door has a serving backend")
    this.#served = serving
    if (this.wounded.size > 0 && serving && this.#isWhole()) this.wounded.clear()
  }

  /**
   * Everybody plays the place that the newest map gives, and the front doors serve by that map: one that hung has older ones
   * to go through, of which any may name nobody.
   */
  #isWhole(): boolean {
    const { processes } = this.#world
    const { fronts = [], backends = [], databases = [] } = this.#newestMap ?? {}
    return (
      databases.every(
        ({ id }) => this.#openDatabases.has(id) && this.#world.databases.fleet.answers(id as InstanceId),
      ) &&
      fronts.some(each => each.state === "open") &&
      backends.some(each => each.state === "active") &&
      fronts.every(({ id, state }) => state === "closed" || this.#servesByNewest(processes.get(id))) &&
      backends.every(({ id, state }) => state === "draining" || processes.get(id)?.isServing)
    )
  }

  #servesByNewest(front: SimProcess | undefined): boolean {
    return front?.isOpen === true && compareEpochs(front.map.epoch, this.#newestEpoch) === 0
  }

  born(id: string): void {
    if (this.#world.processes.has(id)) this.violated(`${id} was started twice`)
    const isWounded = [...this.wounded].some(each => each.startsWith("postgres"))
    if (!id.startsWith("postgres") && this.#openDatabases.size === 0 && !isWounded)
      this.violated(`${id} was started before its database`)
  }

  databaseOpened(id: string): void {
    if (this.#openDatabases.has(id)) this.violated(`two processes of ${id} on one data folder`)
    this.#openDatabases.add(id)
  }

  databaseClosed(id: string): void {
    this.#openDatabases.delete(id)
  }

  databaseStopAsked(id: string): void {
    const users = [...this.#world.processes.keys()]
    const isLast = this.#openDatabases.size === 1 && primaryOf(this.#newestMap) === id
    if (users.length > 0 && isLast) this.violated(`the database was stopped before ${users.join(", ")}`)
  }

  opens(process: SimProcess): void {
    if (!process.canServe && this.wounded.size === 0)
      this.violated(`${process.id} opened with no backend to serve`)
  }

  /** Asked to leave: only what has finished, whose time is over, or what has no place on the map. */
  stopAsked(process: SimProcess): void {
    const { id, front, web } = process
    const places = [
      this.#newestMap?.fronts.find(each => each.id === id)?.state,
      this.#newestMap?.backends.find(each => each.id === id)?.state,
    ]
    if (places.includes("open") || places.includes("active"))
      this.violated(`${id} was stopped while the map sends people to it`)
    const working = front === "open" || front === "draining" || web === "draining"
    const sinceMs = this.#retiringSinceMs.get(id)
    const deadlineMs = limits.drainTimeoutMs + limits.drainGraceMs
    if (working && sinceMs !== undefined && this.#world.nowMs - sinceMs < deadlineMs)
      this.violated(`${id} was stopped with work left before its time was over`)
  }

  /** Killed because it hung, or grew too far. That it was heard a moment ago nobody may know yet. */
  killed({ id, hangs, thawedAtMs, wasOversized }: SimProcess): void {
    if (!hangs && !wasOversized && this.#world.clock.nowMs() - thawedAtMs > beatMs)
      this.violated(`${id} was killed, and neither hung nor was oversized`)
  }

  /** One that was replaced and does not know it yet may offer what is old: processes refuse that. */
  offered(process: SimProcess, map: ServiceMap, by: number): void {
    if (by === this.#agentOwner && compareEpochs(map.epoch, process.map.epoch) < 0)
      this.violated(
        `${process.id} at epoch ${formatEpoch(process.map.epoch)} was offered ${formatEpoch(map.epoch)}`,
      )
    if (map.databases.filter(each => each.role === "primary").length > 1)
      this.violated("two primaries on the map")
    const text = JSON.stringify(map)
    const key = formatEpoch(map.epoch)
    const known = this.#maps.get(key)
    if (known === undefined) this.#maps.set(key, text)
    else if (known !== text) this.violated(`two different maps have the epoch ${key}`)
  }

  journaled(by: number, record: JournalRecord): void {
    this.#world.note(`s${by} journal ${wordsOf(record)}`)
    if (by !== this.#journalOwner)
      this.violated(`supervisor ${by} wrote to the journal after it was replaced`)
    if (record.type === "term-start") this.#claimed(record.term)
    if (record.type === "map") this.#mapped(record.map)
    this.ledger.follow(record)
    if (record.type !== "plan-end") return
    if (this.#undoing.has(record.plan) && record.state === "done")
      this.violated(`${record.plan} was shown as undoing and ended as done`)
    if (this.ledger.isDown) this.#world.wentDown()
  }

  /** A take-over: the first write of a new term. */
  compacted(by: number, records: readonly JournalRecord[]): void {
    this.#world.note(`s${by} journal taken over`)
    if (by !== this.#journalOwner)
      for (const record of records) if (record.type === "term-start") this.#claimed(record.term)
    this.#journalOwner = by
  }

  journalLost(): void {
    this.#journalOwner = 0
    // A term that only the journal knew may be claimed again.
    this.#newestTerm = this.#fencedTerm
    this.ledger.lost()
  }

  /** The agent accepted a call. */
  acted(by: number, call: string, takesOffice: boolean): void {
    if (takesOffice) {
      this.#agentOwner = by
      this.#fencedTerm = this.#newestTerm
    } else if (by !== this.#agentOwner)
      this.violated(`supervisor ${by} did "${call}" after supervisor ${this.#agentOwner} replaced it`)
  }

  shown(plan: PlanView): void {
    if (plan.state === "undoing") this.#undoing.add(plan.id)
  }

  #claimed(term: number): void {
    if (term <= this.#newestTerm) this.violated(`term ${term} was claimed after ${this.#newestTerm}`)
    this.#newestTerm = Math.max(term, this.#newestTerm)
  }

  #mapped(map: ServiceMap): void {
    if (compareEpochs(map.epoch, this.#newestEpoch) <= 0)
      this.violated(`map ${formatEpoch(map.epoch)} was written after ${formatEpoch(this.#newestEpoch)}`)
    this.#newestEpoch = map.epoch
    this.#closing(map)
    this.#databasesOf(map)
    this.#newestMap = map
    const retiring = new Set([
      ...map.fronts.filter(each => each.state === "closed").map(each => each.id),
      ...map.backends.filter(each => each.state === "draining").map(each => each.id),
    ])
    for (const id of this.#retiringSinceMs.keys()) if (!retiring.has(id)) this.#retiringSinceMs.delete(id)
    for (const id of retiring)
      if (!this.#retiringSinceMs.has(id)) this.#retiringSinceMs.set(id, this.#world.nowMs)
  }

  /** Whoever is named as the primary is one, and has every write that was ever acknowledged. */
  #databasesOf(map: ServiceMap): void {
    const former = primaryOf(this.#newestMap)
    const primary = primaryOf(map)
    if (primary === undefined || former === undefined || primary === former) return
    if (this.#world.databases.fleet.data(primary)?.role !== "primary")
      this.violated(`the map names ${primary}, which is no primary`)
    this.nothingLost(map)
  }

  nothingLost(map = this.#newestMap): void {
    const primary = primaryOf(map)
    const { acknowledged, fleet } = this.#world.databases
    if (primary === undefined || acknowledged.size === 0) return
    const there = fleet.writes(primary)
    const lost = [...acknowledged].filter(write => !there.has(write))
    if (lost.length > 0)
      this.violated(`${lost.length} acknowledged writes are lost on ${primary}, the first is ${lost[0]}`)
  }

  /** In peace: one primary, everybody else follows it, nothing is left of those who have gone. */
  databasesInPeace(wanted: number): void {
    const { databases = [], quorums = [] } = this.#newestMap ?? {}
    const { fleet } = this.#world.databases
    const primary = primaryOf(this.#newestMap)
    this.nothingLost()
    const named = databases.map(each => each.id).sort()
    if (named.length !== wanted) this.violated(`the map names ${named.join(", ")}; wanted: ${wanted}`)
    if (fleet.folders().join() !== named.join())
      this.violated(`data of ${fleet.folders().join(", ")} are left`)
    for (const { id, role, state } of databases) {
      if (state !== undefined) this.violated(`${id} is ${state} in peace`)
      const plays = fleet.data(id as InstanceId)?.role
      if (plays !== role) this.violated(`${id} plays ${plays}, the map says ${role}`)
      if (role === "replica" && !fleet.isStreaming(id as InstanceId))
        this.violated(`${id} does not follow ${primary}`)
    }
    for (const process of this.#world.processes.values())
      if (process.map.databases.some(each => each.state === "paused"))
        this.violated(`for ${process.id} the primary is paused in peace`)
    const members = quorums[0]?.members ?? []
    if (quorums.length > 1 || (wanted > 1 ? members.length !== wanted : members.length > 0))
      this.violated(`commits may wait for ${JSON.stringify(quorums)} in peace`)
    const inForce = primary === undefined ? 0 : (fleet.data(primary)?.quorum?.acks ?? 0)
    if (inForce !== (quorums[0]?.acks ?? 0))
      this.violated(`commits wait for ${inForce}, the map says otherwise`)
  }

  /** A front door may close when as many as are wanted are open beside it. */
  #closing({ fronts }: ServiceMap): void {
    const { wanted, goingDown } = this.ledger
    if (wanted === undefined || goingDown || this.wounded.size > 0) return
    const wasOpen = (id: string) =>
      this.#newestMap?.fronts.some(each => each.id === id && each.state === "open")
    const closed = fronts.filter(({ id, state }) => state === "closed" && wasOpen(id))
    const open = fronts.filter(({ id, state }) => state === "open" && this.#world.processes.get(id)?.isOpen)
    const least = wanted.instances.app + wanted.instances.edge
    if (closed.length > 0 && open.length < least)
      this.violated(`below the healthy minimum: ${closed[0]?.id} closes, ${open.length} of ${least} are open`)
  }

  violated(what: string): void {
    this.violations.push(`at ${(this.#world.nowMs / 1000).toFixed(3)} s: ${what}`)
    this.#world.note(`VIOLATION ${what}`)
  }
}

function wordsOf(record: JournalRecord): string {
  switch (record.type) {
    case "plan-start":
      return `${record.plan.id} ${record.kind}: ${record.plan.trigger}`
    case "step-intent":
      return `intends ${record.steps.map(step => `${step.kind} ${step.id}`).join(", ")}`
    case "step-done":
    case "step-failed":
      return `${record.type} ${record.step.kind} ${record.step.id}`
    case "plan-end":
      return `${record.plan} ${record.state}`
    case "map":
      return `map ${formatEpoch(record.epoch)} ${mapWords(record.map)}`
    default:
      return record.type
  }
}

function mapWords({ fronts, backends, databases, quorums = [] }: ServiceMap): string {
  const places = [...fronts, ...backends].map(each => `${each.id}:${each.state}`)
  const roles = databases.map(({ id, role, state = "open" }) => `${id}:${role}:${state}`)
  const acks = quorums.map(quorum => `${quorum.acks} of ${quorum.members.length}`)
  return [...places, ...roles, ...acks].join(" ")
}

function primaryOf(map: ServiceMap | undefined): InstanceId | undefined {
  return map?.databases.find(each => each.role === "primary")?.id as InstanceId | undefined
}
