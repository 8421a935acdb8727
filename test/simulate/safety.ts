import type { JournalRecord } from "../../src/control/journal/journal-record.ts"
import { beatMs } from "../../src/kit/silence.ts"
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
  #openDatabases = 0
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

  /** Everybody plays the place that the newest map gives. */
  #isWhole(): boolean {
    const { processes } = this.#world
    const { fronts = [], backends = [] } = this.#newestMap ?? {}
    return (
      this.#openDatabases === 1 &&
      fronts.some(each => each.state === "open") &&
      backends.some(each => each.state === "active") &&
      fronts.every(({ id, state }) => state === "closed" || processes.get(id)?.isOpen) &&
      backends.every(({ id, state }) => state === "draining" || processes.get(id)?.isServing)
    )
  }

  born(id: string): void {
    if (this.#world.processes.has(id)) this.violated(`${id} was started twice`)
    if (!id.startsWith("postgres") && this.#openDatabases === 0 && !this.wounded.has("postgres-1"))
      this.violated(`${id} was started before its database`)
  }

  databaseOpened(): void {
    this.#openDatabases++
    if (this.#openDatabases > 1) this.violated("two primaries on one data folder")
  }

  databaseClosed(): void {
    this.#openDatabases--
  }

  databaseStopAsked(): void {
    const users = [...this.#world.processes.keys()]
    if (users.length > 0) this.violated(`the database was stopped before ${users.join(", ")}`)
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
    this.#newestMap = map
    const retiring = new Set([
      ...map.fronts.filter(each => each.state === "closed").map(each => each.id),
      ...map.backends.filter(each => each.state === "draining").map(each => each.id),
    ])
    for (const id of this.#retiringSinceMs.keys()) if (!retiring.has(id)) this.#retiringSinceMs.delete(id)
    for (const id of retiring)
      if (!this.#retiringSinceMs.has(id)) this.#retiringSinceMs.set(id, this.#world.nowMs)
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

function mapWords({ fronts, backends }: ServiceMap): string {
  return [...fronts, ...backends].map(each => `${each.id}:${each.state}`).join(" ")
}
