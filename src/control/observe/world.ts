import type { Driver, DriverInstance } from "../../drivers/driver.ts"
import type { Clock } from "../../kit/clock.ts"
import { beatMs, SilenceMeter } from "../../kit/silence.ts"
import { groupOf, type InstanceId } from "../../topology/topology.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { Hello } from "../../wire/messages.ts"
import type { Report } from "../../wire/report.ts"
import { withAsked } from "../plan/asked.ts"
import { countCrash } from "../plan/crash-backoff.ts"
import { isHung } from "../plan/hung.ts"
import type { CrashCount, Observed, ObservedInstance } from "../plan/observed.ts"
import { isDatabase, playsBackend, playsFront } from "../plan/observed.ts"
import { Acknowledgements } from "./acknowledgements.ts"
import { DatabaseWatch } from "./database-watch.ts"
import { type Bounds, isLiving, isSpokenFor, type Marks, playsEveryRole } from "./instance-life.ts"
import { MemoryWatch } from "./memory-watch.ts"
import { backendState, frontState } from "./place-state.ts"

type Link = { readonly hello: Hello; report: Report | undefined }

/**
 * Everything control has been told, merged: driver (who lives), links (what they say), the last map (what they were
 * told). It only keeps; whoever decides asks for `observed()` and is woken by `onChange`.
 */
export class World {
  readonly #driver: Driver
  readonly #clock: Clock
  readonly #hungAfterMs: number
  readonly #silence = new SilenceMeter()
  readonly memory: MemoryWatch
  readonly databases: DatabaseWatch
  marks: Marks = { asked: () => null, frozenUntilMs: () => undefined, errorsLastMinute: () => 0 }
  readonly #acknowledgements = new Acknowledgements()
  readonly #listeners = new Set<() => void>()
  readonly #links = new Map<string, Link>()
  readonly #crashes: Partial<Record<InstanceId, CrashCount>> = {}
  readonly #retiringSince = new Map<string, number>()
  /** Ids whose end is part of a plan. */
  readonly #expected = new Set<string>()
  readonly #lastWords = new Map<string, string>()
  #instances = new Map<string, DriverInstance>()
  #map: ServiceMap | undefined
  #refreshing: Promise<void> | undefined
  #refreshAgain = false

  constructor(driver: Driver, clock: Clock, { hungAfterMs, databaseHungAfterMs, memoryLimits = {} }: Bounds) {
    this.memory = new MemoryWatch(memoryLimits)
    this.databases = new DatabaseWatch(databaseHungAfterMs ?? hungAfterMs)
    this.#driver = driver
    this.#clock = clock
    this.#hungAfterMs = hungAfterMs
  }

  get map(): ServiceMap | undefined {
    return this.#map
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Asks the driver anew who lives. Many calls at once make one question, and one more for those that came meanwhile. */
  refresh(): Promise<void> {
    if (this.#refreshing !== undefined) {
      this.#refreshAgain = true
      return this.#refreshing
    }
    const ask = async () => {
      do {
        this.#refreshAgain = false
        // Whoever asked meanwhile gets an answer of their own: the agent may be back by now.
        const list = await this.#driver.list().catch(error => {
          if (!this.#refreshAgain) throw error
        })
        if (list !== undefined) this.#see(list)
      } while (this.#refreshAgain)
    }
    this.#refreshing = ask().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  follow(map: ServiceMap): void {
    this.#map = map
    this.#acknowledgements.follow(map)
    this.databases.follow(map, this.#clock.monotonicMs())
    this.databases.see(this.instances(), this.#clock.monotonicMs())
    const retiring = new Set([
      ...map.fronts.filter(front => front.state === "closed").map(front => front.id),
      ...map.backends.filter(backend => backend.state === "draining").map(backend => backend.id),
    ])
    for (const id of this.#retiringSince.keys()) if (!retiring.has(id)) this.#retiringSince.delete(id)
    for (const id of retiring)
      if (!this.#retiringSince.has(id)) this.#retiringSince.set(id, this.#clock.monotonicMs())
    this.#changed()
  }

  hello(hello: Hello): void {
    this.#silence.heard(hello.id)
    this.#links.set(hello.id, { hello, report: undefined })
    this.#changed()
  }

  report(report: Report): void {
    const link = this.#links.get(report.id)
    if (link === undefined) return
    this.#silence.heard(report.id)
    link.report = report
    if (report.progress !== undefined) this.#lastWords.set(report.id, report.progress)
    this.#changed()
  }

  /** What an instance that does not report itself says through its driver. */
  progress(id: string, words: string): void {
    this.#lastWords.set(id, words)
    this.#changed()
  }

  linkEnded(id: string): void {
    this.#links.delete(id)
    this.#changed()
  }

  /** One more beat without a word, for everybody. True when somebody may hang. */
  beat(): boolean {
    const reporting = this.instances().filter(each => isLiving(each) && !isDatabase(each))
    this.#silence.beat(reporting.map(each => each.id))
    // A program is heard unless a front door says otherwise.
    for (const { id, program } of reporting)
      if (program !== undefined && !this.#isCalledSilent(id)) this.#silence.heard(id)
    return reporting.some(each => this.silentMs(each.id) >= this.#hungAfterMs)
  }

  /** How long nothing has come from it. */
  silentMs(id: string): number {
    return this.#silence.silentMs(id)
  }

  /** Its end is wanted from now on: no crash. */
  expectEnd(id: InstanceId): void {
    this.#expected.add(id)
  }

  isEnding(id: string): boolean {
    return this.#expected.has(id)
  }

  /** A fresh life begins under this id. */
  expectLife(id: InstanceId): void {
    this.#expected.delete(id)
    this.#lastWords.delete(id)
  }

  /** A start that came to nothing counts like a crash. */
  countFailure(id: InstanceId, livedMs = 0): void {
    this.#crashes[id] = countCrash(this.#crashes[id], livedMs, this.#clock.monotonicMs())
  }

  instance(id: string): DriverInstance | undefined {
    return this.#instances.get(id)
  }

  instances(): readonly DriverInstance[] {
    return [...this.#instances.values()]
  }

  hellos(): readonly Hello[] {
    return [...this.#links.values()].map(link => link.hello)
  }

  reportOf(id: string): Report | undefined {
    return this.#links.get(id)?.report
  }

  reports(): readonly Report[] {
    return [...this.#links.values()].flatMap(link => link.report ?? [])
  }

  lastWords(id: string): string | undefined {
    return this.#lastWords.get(id)
  }

  /** Living processes that may use databases. */
  databaseUsers(): readonly InstanceId[] {
    const mayUse = (each: DriverInstance) => isLiving(each) && playsBackend(each) && !each.program
    return this.instances().flatMap(each => (mayUse(each) ? each.id : []))
  }

  /** Every living instance has reported, every database answers. */
  allHeard(): boolean {
    return this.instances().every(
      each => !isLiving(each) || each.state === "ready" || this.reportOf(each.id) !== undefined,
    )
  }

  /** `asked`: what a change would ask in place of what the running one does; null: nothing. */
  observed(asked = this.marks.asked()): Observed {
    const ids = new Set<string>([
      ...this.#instances.keys(),
      ...(this.#map?.fronts ?? []).map(front => front.id),
      ...(this.#map?.backends ?? []).map(backend => backend.id),
      ...(this.#map?.databases ?? []).map(database => database.id),
      ...(this.databases.hint === undefined ? [] : [this.databases.hint]),
    ])
    return {
      instances: [...ids].flatMap(id => this.observedInstance(id, asked) ?? []),
      crashes: this.#crashes,
      fleet: { quorums: this.#map?.quorums ?? [], ...this.databases.remembered },
    }
  }

  observedInstance(id: string, asked = this.marks.asked()): ObservedInstance | undefined {
    const group = groupOf(id)
    const instance = this.#instances.get(id)
    const front = this.#map?.fronts.find(each => each.id === id)
    const backend = this.#map?.backends.find(each => each.id === id)
    const users = () => this.databaseUsers().map(user => this.reportOf(user))
    const database = this.databases.observe(id, instance, users, this.#clock.monotonicMs())
    if (group === undefined || (instance === undefined && !front && !backend && !database)) return undefined
    const report = this.reportOf(id)
    const seen: ObservedInstance = {
      id: id as InstanceId,
      group,
      life: instance !== undefined && isLiving(instance) ? "running" : "exited",
      up: isSpokenFor(group, instance) ? instance?.state === "ready" : playsEveryRole(group, report),
      frontReady: report?.ready === true,
      front: frontState(front?.state, this.#acknowledgements.front(id), this.#isOnlyAndUnheard(id)),
      backend: backendState(backend?.state, this.#acknowledgements.backend(id)),
      database,
      retiringSinceMs: this.#retiringSince.get(id),
      hung: instance !== undefined && isLiving(instance) && this.#isHung(instance),
      memory: this.memory.judgementOf(id),
      isLeaving: false,
    }
    return instance?.startedAtMs === asked?.startedAtMs ? withAsked(seen, asked) : seen
  }

  #isHung({ id, group, silentMs: driverMs, program }: DriverInstance): boolean {
    // Nobody but its driver hears a database.
    if (isDatabase({ group })) return (driverMs ?? 0) >= this.#hungAfterMs
    const vouchedFor = this.#viewsOf(id).some(view => view.healthy)
    const linkMs = this.silentMs(id)
    const silence = { linkMs, driverMs: program === undefined ? driverMs : linkMs, vouchedFor }
    return isHung(silence, this.#hungAfterMs)
  }

  #isCalledSilent(id: string): boolean {
    const views = this.#viewsOf(id)
    return views.some(view => view.silent) && !views.some(view => view.healthy)
  }

  /** What front doors say of a backend. Reports come once a beat: who missed more than one is not asked about others. */
  #viewsOf(id: string) {
    const heard = this.reports().filter(report => this.silentMs(report.id) <= beatMs)
    return heard.flatMap(({ front }) => front?.backends.filter(each => each.id === id) ?? [])
  }

  #isOnlyAndUnheard(id: string): boolean {
    const isOnly = this.#map?.fronts.every(each => each.id === id) ?? true
    return isOnly && !this.#links.has(id)
  }

  #see(list: readonly DriverInstance[]): void {
    const before = this.#instances
    this.#instances = new Map(list.map(instance => [instance.id, instance]))
    this.memory.see(list, this.#clock.monotonicMs())
    this.databases.see(list, this.#clock.monotonicMs())
    for (const instance of list) {
      const known = before.get(instance.id)
      // A new life begins with all its time.
      if (known?.pid !== instance.pid) this.#silence.heard(instance.id)
      if (isLiving(instance) || (known !== undefined && !isLiving(known))) continue
      const atMs = instance.exit?.atMs ?? this.#clock.nowMs()
      // Whoever was told to finish may leave when it has.
      if (!this.#expected.has(instance.id) && !this.#retiringSince.has(instance.id))
        this.countFailure(instance.id, atMs - instance.startedAtMs)
    }
    this.#changed()
  }

  #changed(): void {
    const living = this.instances().filter(instance => playsFront(instance) && isLiving(instance))
    const isOpen = (id: string) => this.#map?.fronts.some(each => each.id === id && each.state === "open")
    const fronts = living
      .filter(each => this.reportOf(each.id)?.front !== undefined || isOpen(each.id))
      .map(each => this.reportOf(each.id))
    this.#acknowledgements.weigh(id => this.reportOf(id), fronts)
    for (const listener of [...this.#listeners]) listener()
  }
}
