import type { DriverInstance } from "../drivers/driver.ts"
import type { Clock } from "../kit/clock.ts"
import type { InstanceView, StateView, StepView } from "../wire/admin.ts"
import { viewDatabases } from "./database-view.ts"
import type { EventLog } from "./event-log.ts"
import type { World } from "./observe/world.ts"
import { exitSentence, stopSentence, viewInstances } from "./state-view.ts"

/** Changes within this time are told together. */
const settleMs = 20
const trafficEveryMs = 1_000

/** Turns changes of the world into events, each told once. Counters alone are told once a second, with the traffic. */
export class Announcer {
  readonly #world: World
  readonly #events: EventLog
  readonly #clock: Clock
  readonly #traffic: () => StateView["traffic"]
  readonly #told = new Map<string, string>()
  readonly #unsubscribe: () => void
  /** Steps under way. */
  #underWay: readonly StepView[] = []
  #toldDatabases: string | undefined
  #cancel: (() => void) | undefined
  #cancelTraffic: (() => void) | undefined

  constructor(world: World, events: EventLog, clock: Clock, traffic: () => StateView["traffic"]) {
    this.#world = world
    this.#events = events
    this.#clock = clock
    this.#traffic = traffic
    this.#unsubscribe = events.subscribe(({ event }) => {
      if (event.type === "plan")
        this.#underWay = event.plan.phases.flat().filter(({ state }) => state === "running")
    })
    this.#tellTraffic()
  }

  nudge(): void {
    this.#cancel ??= this.#clock.after(settleMs, () => {
      this.#cancel = undefined
      this.#tell(identity)
    })
  }

  close(): void {
    this.#unsubscribe()
    this.#cancel?.()
    this.#cancelTraffic?.()
  }

  #tell(keyOf: (view: InstanceView) => string): void {
    const at = this.#clock.nowMs()
    const views = viewInstances(this.#world)
    for (const instance of views) {
      const before = this.#told.get(instance.id)
      if (before !== undefined && keyOf(JSON.parse(before)) === keyOf(instance)) continue
      this.#told.set(instance.id, JSON.stringify(instance))
      this.#events.append({ type: "instance", at, instance })
      const known = this.#world.instance(instance.id)
      if (instance.state === "exited" && known !== undefined)
        this.#events.append({ type: "gone", at, id: instance.id, reason: this.#endSentence(known) })
    }
    this.#tellDatabases(at)
    for (const [id, last] of this.#told) {
      if (views.some(view => view.id === id)) continue
      this.#told.delete(id)
      if (JSON.parse(last).state !== "exited")
        this.#events.append({ type: "gone", at, id, reason: stopSentence(id) })
    }
  }

  #endSentence(instance: DriverInstance): string {
    return this.#isOrdered(instance) ? stopSentence(instance.id) : exitSentence(instance)
  }

  /** Whether a step ends it on purpose. One that follows another, or was followed, is ended in order and started again. */
  #isOrdered({ id, exit }: DriverInstance): boolean {
    const { primary, promotion } = viewDatabases(this.#world) ?? {}
    const isFormer = promotion?.why === "switch-over" && promotion.former === id
    if (isFormer && exit?.code === 0) return true
    return this.#underWay.some(step => {
      if (step.kind === "stop" || step.kind === "detach") return step.id === id
      const restarts = step.kind === "attach" ? step.id : step.kind === "switch-over" ? primary : undefined
      return restarts === id && exit?.code === 0
    })
  }

  #tellDatabases(at: number): void {
    const databases = viewDatabases(this.#world)
    const text = JSON.stringify(databases)
    if (databases !== undefined && text !== this.#toldDatabases)
      this.#events.append({ type: "databases", at, databases })
    this.#toldDatabases = text
  }

  #tellTraffic(): void {
    this.#cancelTraffic = this.#clock.after(trafficEveryMs, () => {
      this.#tell(view => JSON.stringify(view))
      this.#events.append({ type: "traffic", at: this.#clock.nowMs(), traffic: this.#traffic() })
      this.#tellTraffic()
    })
  }
}

function identity({ id, role, state, pid, progress, frozenUntilMs, database }: InstanceView): string {
  return JSON.stringify([
    ...[id, role, state, pid, progress, frozenUntilMs],
    ...[database?.timeline, database?.streaming],
  ])
}
