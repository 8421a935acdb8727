import { randomInt } from "../../src/kit/random.ts"
import { wait } from "./profile.ts"
import type { SimWorld } from "./sim-world.ts"
import { Supervisor } from "./supervisor.ts"

/** Every life of the supervisor, and the agent's part: one that ended is started again. */
export class Supervisors {
  readonly #world: SimWorld
  #living: Supervisor[] = []
  #count = 0
  #starting = false

  constructor(world: SimWorld) {
    this.#world = world
  }

  get living(): readonly Supervisor[] {
    return this.#living
  }

  /** The one that took over last, or tries to. */
  get newest(): Supervisor | undefined {
    return this.#living.at(-1)
  }

  any(): Supervisor | undefined {
    return this.#living[randomInt(this.#world.random, this.#living.length)]
  }

  start(): void {
    const { random, profile, store, safety, note } = this.#world
    if (this.#living.length === 0 && random() < profile.journalLost) {
      note("journal lost")
      store.entries = []
      safety.journalLost()
    }
    const supervisor = new Supervisor(this.#world, ++this.#count)
    this.#living.push(supervisor)
    supervisor.start()
  }

  ended(supervisor: Supervisor): void {
    this.#living = this.#living.filter(each => each !== supervisor)
    this.ensureOne()
  }

  ensureOne(): void {
    const { clock, random } = this.#world
    if (this.#starting || this.#living.length > 0) return
    this.#starting = true
    clock.after(wait(random, 1_000), () => {
      this.#starting = false
      if (this.#living.length === 0 && !this.#world.isDown) this.start()
    })
  }
}
