import { ScriptedFleet } from "../../src/drivers/scripted/scripted-fleet.ts"
import type { ScriptedBirth, ScriptedProcess } from "../../src/drivers/scripted/scripted-process.ts"
import { exponential, randomInt } from "../../src/kit/random.ts"
import type { InstanceId } from "../../src/topology/topology.ts"
import { wait } from "./profile.ts"
import type { SimProcess } from "./sim-process.ts"
import type { SimWorld } from "./sim-world.ts"

/** A client gives a write up that was not acknowledged by then; what becomes of it nobody promised. */
const patienceMs = 1_500

/** The databases of a world, and clients that write to them by way of the web processes and keep what was acknowledged. */
export class SimDatabases {
  readonly fleet: ScriptedFleet
  readonly acknowledged = new Set<string>()
  readonly #world: SimWorld
  readonly #hungSinceMs = new Map<InstanceId, number>()
  #count = 0

  constructor(world: SimWorld) {
    this.#world = world
    this.fleet = new ScriptedFleet({ clock: world.clock, lagMs: () => wait(world.random, 5) })
  }

  /** The process of one. */
  born(birth: ScriptedBirth, leaveMs: number): ScriptedProcess {
    const { clock, note, safety } = this.#world
    const { id } = birth.spec
    let open = true
    const close = (how: string) => {
      if (!open) return
      open = false
      this.#hungSinceMs.delete(id)
      note(`${id} gone (${how})`)
      if (how !== "exit 0") safety.wounded.add(id)
      safety.databaseClosed(id)
    }
    safety.databaseOpened(id)
    const leave = () => {
      close("exit 0")
      birth.exit(0, null)
    }
    return {
      stop: () => {
        safety.databaseStopAsked(id)
        clock.after(leaveMs, () => open && leave())
      },
      signal: signal => signal === "SIGKILL" && close("killed"),
      silentMs: () => this.#silentMs(id),
    }
  }

  startWriting(): void {
    const { clock, random, profile } = this.#world
    if (profile.writeEveryMs === 0) return
    clock.after(Math.ceil(exponential(random, profile.writeEveryMs)) + wait(random, 1), () => {
      this.#write()
      this.startWriting()
    })
  }

  hang(id: InstanceId): void {
    if (this.fleet.hangs.has(id)) return
    const { note, safety, clock } = this.#world
    note(`${id} hangs`)
    safety.wounded.add(id)
    this.fleet.hangs.add(id)
    this.#hungSinceMs.set(id, clock.nowMs())
  }

  thaw(id: InstanceId): void {
    if (!this.#hungSinceMs.delete(id)) return
    this.#world.note(`${id} thaws`)
    this.fleet.thaw(id)
  }

  /** A replica that receives nothing for a while. */
  cut(id: InstanceId): void {
    this.#world.note(`${id} receives nothing`)
    this.fleet.cut.add(id)
  }

  mend(id: InstanceId): void {
    if (!this.fleet.cut.delete(id)) return
    this.#world.note(`${id} receives again`)
    this.fleet.ship(id)
  }

  heal(): void {
    for (const id of [...this.#hungSinceMs.keys()]) this.thaw(id)
    for (const id of [...this.fleet.cut]) this.mend(id)
  }

  running(): InstanceId[] {
    return this.#world.driver.running().filter(id => id.startsWith("postgres-"))
  }

  #silentMs(id: InstanceId): number {
    const sinceMs = this.#hungSinceMs.get(id)
    if (sinceMs === undefined) return 0
    return this.#world.clock.nowMs() - Math.max(sinceMs, this.#world.agentSinceMs)
  }

  /** One request that writes: by the map of the process it comes to. */
  #write(): void {
    const { random, processes, clock } = this.#world
    const able = [...processes.values()].filter(each => each.isServing)
    const process = able[randomInt(random, able.length)]
    const primary = process?.map.databases.find(each => each.role === "primary")
    if (process === undefined || primary === undefined || primary.state === "paused") return
    const write = `write-${++this.#count}`
    const id = primary.id as InstanceId
    let isOver = false
    const end = () => {
      if (!isOver) this.#endOf(process, id)
      isOver = true
    }
    const isTaken = this.fleet.write(id, write, () => {
      if (isOver) return
      this.acknowledged.add(write)
      // The answer is on its way for a moment: until then it is under way.
      clock.after(0, end)
    })
    if (!isTaken) return
    process.underWay.set(id, (process.underWay.get(id) ?? 0) + 1)
    clock.after(patienceMs, end)
  }

  #endOf(process: SimProcess, id: InstanceId): void {
    const left = (process.underWay.get(id) ?? 0) - 1
    if (left > 0) process.underWay.set(id, left)
    else process.underWay.delete(id)
    process.nudge()
  }
}
