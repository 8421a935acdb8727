import { wordsOf } from "../../src/control/plan-starts.ts"
import { isBanyanError } from "../../src/kit/errors.ts"
import { exponential, randomInt } from "../../src/kit/random.ts"
import type { Change } from "../../src/wire/admin.ts"
import { wait } from "./profile.ts"
import type { SimWorld } from "./sim-world.ts"

/** What somebody may be told who asks for a change: it was wrong, too early, or this control plane is none any more. */
const refusals: ReadonlySet<string> = new Set([
  ...["BN1301", "BN1302", "BN1303", "BN1304", "BN1305", "BN1307", "BN1308", "BN1352"],
  ...["BN1320", "BN1321", "BN1322", "BN1401"],
])

/** Somebody at the command line: up and down the ladder, sideways, off and on again. */
export class Walk {
  finished = false
  readonly #world: SimWorld
  readonly #patient: boolean
  #left: number

  constructor(world: SimWorld) {
    const { random } = world
    this.#world = world
    this.#left = 1 + randomInt(random, 6)
    this.#patient = random() < 0.5
  }

  start(): void {
    this.#world.up()
    this.#next()
  }

  #next(): void {
    const { clock, random } = this.#world
    clock.after(wait(random, 1) + Math.ceil(exponential(random, 3_000)), () => this.#step(clock.nowMs()))
  }

  /** The patient wait for one change to be done (if it takes no longer than 20 s) before they ask for the next. */
  #step(sinceMs: number): void {
    const { clock, supervisors } = this.#world
    const busy = supervisors.newest !== undefined && !supervisors.newest.control.state().settled
    if (this.#patient && busy && clock.nowMs() < sinceMs + 20_000)
      return void clock.after(100, () => this.#step(sinceMs))
    if (this.#left-- === 0) {
      this.finished = true
      return
    }
    this.#ask()
    this.#next()
  }

  #ask(): void {
    const world = this.#world
    const { random, supervisors } = world
    if (world.isDown) return void world.up()
    const supervisor = random() < 0.9 ? supervisors.newest : supervisors.any()
    if (supervisor === undefined || supervisor.gate.frozen) return
    const wish = random() < 0.1 ? ("down" as const) : this.#draw()
    const words = wish === "down" ? wish : wordsOf(wish)
    world.note(`ask s${supervisor.number}: ${words}`)
    const { control } = supervisor
    const asked = wish === "down" ? control.down() : control.change(wish)
    asked.then(
      plan => world.note(`told ${plan?.id ?? "nothing to do"}`),
      error => {
        const code = isBanyanError(error) ? error.code : String(error)
        world.note(`refused ${code}`)
        if (!refusals.has(code)) world.safety.violated(`${words} was answered with ${error}`)
      },
    )
  }

  #draw(): Change {
    const { random } = this.#world
    const draw = random()
    if (draw < 0.4) return { type: "grow" }
    if (draw < 0.6) return { type: "shrink" }
    if (draw < 0.68) return { type: "scale", instances: { postgres: 3 + randomInt(random, 3) } }
    if (draw < 0.75) return { type: "switchover" }
    if (draw < 0.83) return { type: "scale", instances: { web: 1 + randomInt(random, 4) } }
    if (draw < 0.92) return { type: "scale", instances: { edge: 1 + randomInt(random, 3) } }
    return { type: "apply" }
  }
}
