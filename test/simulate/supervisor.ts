import { pino } from "pino"
import type { Control } from "../../src/control/control.ts"
import { createControl } from "../../src/control/create-control.ts"
import { isBanyanError, messageOf } from "../../src/kit/errors.ts"
import { Gate, gatedClock } from "./gate.ts"
import type { SimLinks } from "./network.ts"
import { wait } from "./profile.ts"
import { RemoteDriver } from "./remote-driver.ts"
import { RemoteJournal } from "./remote-journal.ts"
import { limits, type SimWorld } from "./sim-world.ts"

const silent = pino({ level: "silent" })

/** One life of the supervisor: a real control plane with everything it touches behind one gate. */
export class Supervisor {
  readonly number: number
  readonly gate = new Gate()
  readonly control: Control
  readonly #world: SimWorld
  readonly #driver: RemoteDriver
  #links: SimLinks | undefined

  constructor(world: SimWorld, number: number) {
    this.#world = world
    this.number = number
    this.#driver = new RemoteDriver(world, this)
    this.control = createControl({ ...this.#ports(), ...world.plant?.(this.#ports(), world) })
    this.control.events.subscribe(({ event }) => {
      if (event.type === "plan") world.safety.shown(event.plan)
    })
  }

  get alive(): boolean {
    return !this.gate.closed
  }

  start(): void {
    this.#world.note(`s${this.number} starts`)
    const leave = (error: unknown) => this.end(isBanyanError(error) ? error.code : messageOf(error))
    this.control.start().catch(leave)
    this.control.deposed.then(leave)
  }

  /** SIGKILL, or leaving by itself: to the others it looks the same. */
  end(why: string): void {
    if (!this.alive) return
    this.#world.note(`s${this.number} ends: ${why}`)
    this.gate.close()
    this.#links?.hangUp()
    this.#world.supervisors.ended(this)
  }

  /** The agent went away under this supervisor. */
  detached(): void {
    this.#driver.detached()
  }

  /** A piece of work of the supervisor itself that takes a moment; it stands still while the supervisor does. */
  toDisk<T>(act: () => Promise<T>): Promise<T> {
    const { clock, random } = this.#world
    const later = (callback: () => void) => clock.after(wait(random, 2), () => this.gate.pass(callback))
    return new Promise((resolve, reject) => {
      later(() =>
        act().then(
          value => later(() => resolve(value)),
          error => later(() => reject(error)),
        ),
      )
    })
  }

  #ports() {
    const world = this.#world
    return {
      driver: this.#driver,
      journal: new RemoteJournal(world, this),
      topologySource: {
        base: () => this.toDisk(async () => world.base),
        overrides: {
          read: () => this.toDisk(async () => world.overrides),
          write: (overrides: SimWorld["overrides"]) =>
            this.toDisk(async () => {
              world.note(`s${this.number} overrides ${overrides?.by ?? "none"}`)
              world.overrides = overrides
            }),
        },
      },
      settings: { service: { name: "simulated", url: "http://127.0.0.1:8080" }, version: "1", ...limits },
      clock: gatedClock(world.clock, this.gate),
      log: silent,
      openLinks: (events: Parameters<SimWorld["network"]["links"]>[1]) => {
        this.#links = world.network.links(this, events)
        return this.#links
      },
      paths: { controlSocket: "control.sock", logs: "logs", journal: "journal" },
    }
  }
}

export type Ports = Parameters<typeof createControl>[0]
