import type { Clock } from "../kit/clock.ts"
import type { InstanceView, StateView } from "../wire/admin.ts"
import { viewDatabases } from "./database-view.ts"
import type { EventLog } from "./event-log.ts"
import type { World } from "./observe/world.ts"
import { exitSentence, viewInstances } from "./state-view.ts"

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
  #toldDatabases: string | undefined
  #cancel: (() => void) | undefined
  #cancelTraffic: (() => void) | undefined

  constructor(world: World, events: EventLog, clock: Clock, traffic: () => StateView["traffic"]) {
    this.#world = world
    this.#events = events
    this.#clock = clock
    this.#traffic = traffic
    this.#tellTraffic()
  }

  nudge(): void {
    this.#cancel ??= this.#clock.after(settleMs, () => {
      this.#cancel = undefined
      this.#tell(identity)
    })
  }

  close(): void {
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
        this.#events.append({ type: "gone", at, id: instance.id, reason: exitSentence(known) })
    }
    this.#tellDatabases(at)
    for (const [id, last] of this.#told) {
      if (views.some(view => view.id === id)) continue
      this.#told.delete(id)
      if (JSON.parse(last).state !== "exited")
        this.#events.append({ type: "gone", at, id, reason: `${id} was stopped` })
    }
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

function identity({ id, role, state, pid, progress, database }: InstanceView): string {
  return JSON.stringify([id, role, state, pid, progress, database?.timeline, database?.streaming])
}
