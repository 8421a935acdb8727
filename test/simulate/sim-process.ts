import type { ScriptedBirth, ScriptedProcess } from "../../src/drivers/scripted/scripted-process.ts"
import type { Clock } from "../../src/kit/clock.ts"
import { beatMs } from "../../src/kit/silence.ts"
import { type InstanceId, rolesOf } from "../../src/topology/topology.ts"
import { compareEpochs } from "../../src/wire/epoch.ts"
import type { ServiceMap } from "../../src/wire/map.ts"
import type { DownMessage } from "../../src/wire/messages.ts"
import type { Report } from "../../src/wire/report.ts"
import { Gate, gatedClock } from "./gate.ts"
import { Connection, reconnectAfterMs } from "./network.ts"
import { wait } from "./profile.ts"
import { limits, type SimWorld } from "./sim-world.ts"

/** Of a limit of 100. */
const usualBytes = 40

/** How one process will behave; drawn at its birth. */
export type Habits = {
  /** Until its roles play; never when infinite. */
  readonly startupMs: number
  readonly diesAtMs: number | undefined
  /** Until its last request is done; never when infinite. */
  readonly finishMs: () => number
  readonly leavesDrained: boolean
  readonly leaveMs: number
}

/** A process of the data plane as control sees one: it follows its map, reports, and serves on without control. */
export class SimProcess implements ScriptedProcess {
  readonly id: InstanceId
  map: ServiceMap
  alive = true
  front: "closed" | "open" | "draining" | "drained" | undefined
  web: "serving" | "draining" | "drained" | undefined
  /** No control plane is reached from here. */
  cutOff = false
  /** When it began to hang. */
  hungSinceMs: number | undefined
  thawedAtMs = Number.NEGATIVE_INFINITY
  /** Writes not finished, by database. */
  readonly underWay = new Map<string, number>()
  /** It holds so much that it may be killed for it, now or a moment ago. */
  wasOversized = false
  #bytes = usualBytes
  readonly #gate = new Gate()
  readonly #clock: Clock
  readonly #world: SimWorld
  readonly #birth: ScriptedBirth
  readonly #habits: Habits
  #connection: Connection | undefined
  #attempt = 0
  #nudged = false

  constructor(world: SimWorld, birth: ScriptedBirth, habits: Habits) {
    this.id = birth.spec.id
    this.map = birth.map
    this.#world = world
    this.#birth = birth
    this.#habits = habits
    const clock = gatedClock(world.clock, this.#gate)
    this.#clock = clock
    clock.after(wait(world.random, 20), () => this.#connect())
    clock.after(wait(world.random, beatMs), () => this.#beat())
    if (Number.isFinite(habits.startupMs)) clock.after(habits.startupMs, () => this.#startPlaying())
    if (habits.diesAtMs !== undefined)
      clock.after(habits.diesAtMs, () => world.profile.diesInStart > 0 && this.leave(1))
  }

  get hangs(): boolean {
    return this.hungSinceMs !== undefined
  }

  /** Whether it accepts connections, and answers requests. */
  get isOpen(): boolean {
    return this.front === "open" && !this.hangs
  }

  get isServing(): boolean {
    return this.web === "serving" && !this.hangs
  }

  /** Whether a front door of this map would find somebody to serve its requests. */
  get canServe(): boolean {
    return this.map.backends.some(
      ({ id, state }) => state === "active" && this.#world.processes.get(id)?.isServing,
    )
  }

  /** SIGSTOP, or a loop without an end: it lives, holds what it has, and does nothing. */
  hang(): void {
    if (!this.alive || this.hangs) return
    this.hungSinceMs = this.#clock.nowMs()
    this.#world.safety.wounded.add(this.id)
    this.#gate.freeze()
    this.#world.moved()
  }

  thaw(): void {
    if (!this.alive || !this.hangs) return
    this.#world.note(`${this.id} thaws`)
    this.hungSinceMs = undefined
    this.thawedAtMs = this.#clock.nowMs()
    this.#gate.thaw()
    this.#world.moved()
  }

  /** As the agent counts it: every beat asks. */
  silentMs(): number {
    if (this.hungSinceMs === undefined) return 0
    return this.#clock.nowMs() - Math.max(this.hungSinceMs, this.#world.agentSinceMs)
  }

  memoryBytes(): number {
    return this.#bytes
  }

  /** It leaks: a bit over its limit, or far. */
  grow(bytes: number): void {
    this.#bytes = bytes
    this.wasOversized ||= bytes >= 2 * limits.memoryLimits.web
  }

  shrink(): void {
    this.#bytes = usualBytes
  }

  stop(): void {
    this.#world.safety.stopAsked(this)
    this.#clock.after(this.#habits.leaveMs, () => this.leave(0))
  }

  signal(signal: NodeJS.Signals): void {
    if (signal === "SIGKILL") this.#die("killed")
  }

  leave(code: number): void {
    if (!this.alive) return
    this.#die(`exit ${code}`)
    this.#birth.exit(code, null)
  }

  cutLink(): void {
    this.#connection?.cut()
  }

  /** Something that it reports has changed. */
  nudge(): void {
    if (this.#nudged || !this.alive) return
    this.#nudged = true
    this.#clock.after(5, () => {
      this.#nudged = false
      this.#tell()
    })
  }

  receive(message: DownMessage, from: number): void {
    if (!this.alive || message.type !== "map") return
    const { map } = message
    this.#gate.pass(() => {
      this.#world.safety.offered(this, map, from)
      this.#follow(map)
    })
  }

  lost(): void {
    if (!this.alive) return
    this.#clock.after(reconnectAfterMs(this.#world.random, this.#attempt++), () => this.#connect())
  }

  #die(how: string): void {
    if (!this.alive) return
    this.alive = false
    this.#gate.close()
    this.front = undefined
    this.web = undefined
    this.#connection?.cut()
    this.#world.gone(this, how)
  }

  #connect(): void {
    if (!this.alive) return
    const { network } = this.#world
    const desk = this.cutOff ? undefined : network.desk
    if (desk === undefined) return void this.lost()
    const connection = new Connection(network.options, this)
    this.#connection = connection
    this.#attempt = 0
    desk.accept(connection)
    const { pid, token } = this.#birth
    connection.tell({ type: "hello", wire: 1, id: this.id, pid, token, epoch: this.map.epoch })
    this.#tell()
  }

  #beat(): void {
    if (!this.alive) return
    this.#tell()
    this.#clock.after(beatMs, () => this.#beat())
  }

  #tell(): void {
    if (this.alive && this.#connection?.ended === false)
      this.#connection.tell({ type: "report", report: this.#report() })
  }

  #startPlaying(): void {
    if (!this.alive) return
    const roles = rolesOf[this.#birth.spec.group]
    this.front = roles.includes("edge") ? "closed" : undefined
    this.web = roles.includes("web") ? "serving" : undefined
    this.#world.note(`${this.id} plays`)
    this.#play()
  }

  #follow(map: ServiceMap): void {
    if (compareEpochs(map.epoch, this.map.epoch) < 0) return
    this.map = map
    this.#play()
  }

  /** Takes the places that the map gives it. */
  #play(): void {
    const { id, map } = this
    const front = map.fronts.find(each => each.id === id)?.state
    const backend = map.backends.find(each => each.id === id)?.state
    if (this.front !== undefined && this.front !== "open" && front === "open") {
      this.#world.safety.opens(this)
      this.front = "open"
    } else if (this.front === "open" && front === "closed") this.#retire("front")
    if (this.web !== undefined && backend === "active") this.web = "serving"
    else if (this.web === "serving" && backend === "draining") this.#retire("web")
    this.#world.moved()
    this.nudge()
  }

  #retire(role: "front" | "web"): void {
    this[role] = "draining"
    const finishMs = this.#habits.finishMs()
    if (!Number.isFinite(finishMs)) return
    this.#clock.after(finishMs, () => {
      if (!this.alive || this[role] !== "draining") return
      this[role] = "drained"
      this.nudge()
      const isIdle = () => [this.front, this.web].every(state => state === undefined || state === "drained")
      if (isIdle() && this.#habits.leavesDrained)
        this.#clock.after(this.#habits.leaveMs, () => isIdle() && this.leave(0))
    })
  }

  #data() {
    return { connections: 0, waiting: 0, healthy: true, underWay: Object.fromEntries(this.underWay) }
  }

  #report(): Report {
    const { id, map, front, web } = this
    const playing = front !== undefined || web !== undefined
    const counts = { connections: 0, outstanding: 0, requests: 0, aborted: 0, retries: 0, answers: {} }
    const backends = map.backends
      .filter(backend => backend.state === "active")
      .map(backend => ({
        id: backend.id,
        outstanding: 0,
        healthy: this.#world.processes.get(backend.id)?.isServing === true,
      }))
    return {
      id,
      epoch: map.epoch,
      ready: playing && (front === undefined || backends.some(each => each.healthy)),
      ...(playing ? {} : { progress: "starting" }),
      ...(front === undefined
        ? {}
        : { front: { state: front, ...counts, latencyMs: { p50: 1, p99: 2 }, backends } }),
      ...(web === undefined
        ? {}
        : { web: { state: web, outstanding: 0, requests: 0, errors: 0 }, data: this.#data() }),
    }
  }
}
