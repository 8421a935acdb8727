import { controlError } from "../../src/control/control-errors.ts"
import type { DatabaseHost } from "../../src/drivers/database-acts.ts"
import type { Driver, DriverEvent, InstanceSpec } from "../../src/drivers/driver.ts"
import { driversError } from "../../src/drivers/drivers-errors.ts"
import type { InstanceId } from "../../src/topology/topology.ts"
import type { Epoch } from "../../src/wire/epoch.ts"
import type { ServiceMap } from "../../src/wire/map.ts"
import { Pipe } from "./gate.ts"
import type { SimWorld } from "./sim-world.ts"
import type { Supervisor } from "./supervisor.ts"

/** The agent as one supervisor reaches it: each call goes there and its answer comes back, and either may be lost. */
export class RemoteDriver implements Driver {
  readonly name = "scripted"
  readonly #world: SimWorld
  readonly #supervisor: Supervisor
  readonly #there: Pipe
  readonly #back: Pipe
  readonly #pending = new Set<() => void>()

  constructor(world: SimWorld, supervisor: Supervisor) {
    this.#world = world
    this.#supervisor = supervisor
    this.#there = new Pipe(world.clock, world.latencyMs)
    this.#back = new Pipe(world.clock, world.latencyMs)
  }

  list() {
    return this.#call("list", () => this.#world.driver.list())
  }

  epoch() {
    return this.#call("epoch", () => this.#world.driver.epoch())
  }

  fence(epoch: Epoch) {
    return this.#change(`fence ${epoch.term}`, () => this.#world.driver.fence(epoch), true)
  }

  start(spec: InstanceSpec, map: ServiceMap, epoch: Epoch) {
    return this.#change(`start ${spec.id}`, () => this.#world.driver.start(spec, map, epoch))
  }

  stop(id: InstanceId, graceMs: number, epoch: Epoch) {
    return this.#change(`stop ${id}`, () => this.#world.driver.stop(id, graceMs, epoch))
  }

  kill(id: InstanceId, silentMs: number, epoch: Epoch) {
    return this.#change(`kill ${id}`, async () => {
      const { driver, processes, safety } = this.#world
      const victim = processes.get(id)
      await driver.kill(id, silentMs, epoch)
      if (victim?.alive === false) safety.killed(victim)
    })
  }

  forget(id: InstanceId, epoch: Epoch) {
    return this.#change(`forget ${id}`, () => this.#world.driver.forget(id, epoch))
  }

  signal(id: InstanceId, signal: NodeJS.Signals, epoch: Epoch) {
    return this.#change(`signal ${id}`, () => this.#world.driver.signal(id, signal, epoch))
  }

  readonly databases: DatabaseHost = {
    act: (act, epoch) => this.#change(`${act.act} ${JSON.stringify(act)}`, () => this.#host.act(act, epoch)),
    promotions: () => this.#call("promotions", () => this.#host.promotions()),
  }

  get #host(): DatabaseHost {
    return this.#world.driver.databases!
  }

  subscribe(listener: (event: DriverEvent) => void): () => void {
    const { random, profile, driver } = this.#world
    return driver.subscribe(event => {
      const times = random() < profile.duplicates ? 2 : 1
      for (let time = 0; time < times; time++)
        this.#back.carry(() => this.#supervisor.gate.pass(() => listener(event)))
    })
  }

  async close(): Promise<void> {}

  /** The agent has gone: what was asked and not answered fails. */
  detached(): void {
    for (const fail of [...this.#pending]) fail()
  }

  #change<T>(call: string, act: () => Promise<T>, takesOffice = false): Promise<T> {
    const { safety, random, profile, note } = this.#world
    const accepted = async () => {
      const done = act()
      // Refusals come at once; what takes its time has been accepted.
      const refused = await Promise.race([done.then(() => false).catch(() => true), settledSoon()])
      note(`s${this.#supervisor.number} ${call}${refused ? " refused" : ""}`)
      if (!refused) safety.acted(this.#supervisor.number, call, takesOffice)
      return done
    }
    const fails = random() < profile.callFails
    const before = fails && random() < 0.5
    return this.#call(call, async () => {
      if (before) throw driversError("BN1406", { id: call, program: "simulated", reason: "not today" })
      const answer = await accepted()
      if (fails) throw controlError("BN1314", { step: call, reason: "the answer was lost" })
      return answer
    })
  }

  #call<T>(verb: string, act: () => Promise<T>): Promise<T> {
    const { gate } = this.#supervisor
    return new Promise((resolve, reject) => {
      if (gate.closed) return
      const finish = (answer: () => void) => {
        this.#pending.delete(fail)
        this.#back.carry(() => gate.pass(answer))
      }
      const fail = () =>
        finish(() => reject(driversError("BN1407", { verb, socket: "simulated", waitMs: 0 })))
      this.#pending.add(fail)
      this.#there.carry(() => {
        if (!this.#pending.has(fail)) return
        act().then(
          value => finish(() => resolve(value)),
          error => finish(() => reject(error)),
        )
      })
    })
  }
}

/** False after a few turns of the microtask queue. */
async function settledSoon(): Promise<false> {
  for (let turn = 0; turn < 4; turn++) await undefined
  return false
}
