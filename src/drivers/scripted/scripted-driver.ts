import { createHash } from "node:crypto"
import type { Clock } from "../../kit/clock.ts"
import type { InstanceId } from "../../topology/topology.ts"
import { type Epoch, formatEpoch, newestEpoch, zeroEpoch } from "../../wire/epoch.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { Driver, DriverEvent, DriverInstance, InstanceSpec } from "../driver.ts"
import { driversError } from "../drivers-errors.ts"
import { isOutdated } from "../epoch-rule.ts"
import type { ScriptedFleet } from "./scripted-fleet.ts"
import { ScriptedHost } from "./scripted-host.ts"
import {
  type InstanceScript,
  inertProcess,
  noMap,
  reports,
  type ScriptedBirth,
  type ScriptedProcess,
} from "./scripted-process.ts"

type Entry = {
  instance: DriverInstance
  process: ScriptedProcess | undefined
  gone: PromiseWithResolvers<void>
}

export type ScriptedDriverOptions = {
  readonly clock: Clock
  /** Makes the process; without it, one that does nothing and leaves when asked. */
  readonly spawn?: (birth: ScriptedBirth) => ScriptedProcess
  readonly addressFolder?: string
  /** What its databases hold; without it they hold nothing, and nothing can be done to them. */
  readonly fleet?: ScriptedFleet
  /** How long each part of what is done to databases takes. Default: 1 ms. */
  readonly partMs?: () => number
}

/** A driver in memory with a knob for every failure. Deterministic as far as its clock and processes are. */
export class ScriptedDriver implements Driver {
  readonly name = "scripted"
  readonly databases?: ScriptedHost
  /** Failures by instance id. */
  readonly scripts = new Map<InstanceId, InstanceScript>()
  /** Every call that changed something, in order: `start web-1`. */
  readonly calls: string[] = []
  readonly #clock: Clock
  readonly #spawn: (birth: ScriptedBirth) => ScriptedProcess
  readonly #addressFolder: string
  readonly #fleet: ScriptedFleet | undefined
  readonly #entries = new Map<InstanceId, Entry>()
  readonly #listeners = new Set<(event: DriverEvent) => void>()
  #epoch = zeroEpoch
  #attached = true
  #nextPid = 1000

  constructor(options: ScriptedDriverOptions) {
    this.#clock = options.clock
    this.#spawn = options.spawn ?? (birth => inertProcess(birth))
    this.#addressFolder = options.addressFolder ?? ".banyan/run"
    this.#fleet = options.fleet
    if (options.fleet === undefined) return
    this.databases = this.#host(options.fleet, options.partMs ?? (() => 1))
    options.fleet.onChange = id => this.#emit({ type: "database", id })
  }

  async list(): Promise<readonly DriverInstance[]> {
    this.#reach("list")
    return [...this.#entries.values()].map(({ instance, process }) => {
      const living = instance.state === "exited" ? undefined : process
      const silentMs = living?.silentMs?.()
      const memoryBytes = living?.memoryBytes?.()
      const database = instance.state === "ready" ? this.#fleet?.stateOf(instance.id) : undefined
      return {
        ...instance,
        ...(database && { database }),
        ...(silentMs === undefined ? {} : { silentMs }),
        ...(memoryBytes === undefined ? {} : { memoryBytes }),
      }
    })
  }

  async epoch(): Promise<Epoch> {
    this.#reach("epoch")
    return this.#epoch
  }

  async fence(epoch: Epoch): Promise<void> {
    this.#accept("fence", epoch, "fence")
  }

  async start(spec: InstanceSpec, map: ServiceMap, epoch: Epoch): Promise<void> {
    this.#accept(`start ${spec.id}`, epoch)
    const before = this.#entries.get(spec.id)
    if (before !== undefined && before.instance.state !== "exited") {
      const running = before.instance.version
      if (running === spec.version) return
      throw driversError("BN1404", { id: spec.id, running, wanted: spec.version })
    }
    const script = this.#script(spec.id)
    if (script.failStart !== undefined) throw script.failStart
    if (script.startTakesMs !== undefined) await this.#wait(script.startTakesMs)
    this.#bear(spec, map, script)
  }

  async stop(id: InstanceId, graceMs: number, epoch: Epoch): Promise<void> {
    this.#accept(`stop ${id}`, epoch)
    const entry = this.#entries.get(id)
    if (entry === undefined || entry.instance.state === "exited") return
    const { stopTakesMs } = this.#script(id)
    if (stopTakesMs === undefined) entry.process?.stop()
    else this.#clock.after(stopTakesMs, () => this.#end(entry, 0, null))
    const cancel = this.#clock.after(graceMs, () => {
      entry.process?.signal("SIGKILL")
      this.#end(entry, null, "SIGKILL")
    })
    await entry.gone.promise
    cancel()
  }

  async kill(id: InstanceId, silentMs: number, epoch: Epoch): Promise<void> {
    this.#accept(`kill ${id}`, epoch)
    const answered = (this.#entries.get(id)?.process?.silentMs?.() ?? 0) < silentMs
    if (!answered) this.crash(id)
  }

  async forget(id: InstanceId, epoch: Epoch): Promise<void> {
    this.#accept(`forget ${id}`, epoch)
    const instance = this.#entries.get(id)?.instance
    if (instance !== undefined && instance.state !== "exited")
      throw driversError("BN1404", { id, running: instance.version, wanted: "its forgetting" })
    this.#entries.delete(id)
  }

  async signal(id: InstanceId, signal: NodeJS.Signals, epoch: Epoch): Promise<void> {
    this.#accept(`signal ${id} ${signal}`, epoch)
    const entry = this.#entries.get(id)
    if (entry === undefined || entry.instance.state === "exited") throw driversError("BN1409", { id })
    if (signal === "SIGTERM") entry.process?.stop()
    else entry.process?.signal(signal)
    if (signal === "SIGKILL") this.#end(entry, null, "SIGKILL")
  }

  subscribe(listener: (event: DriverEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#listeners.clear()
  }

  /** The host agent goes away: calls fail, what runs keeps running, exits are told only after `attach`. */
  detach(): void {
    this.#attached = false
    this.#emit({ type: "detached" })
  }

  attach(): void {
    this.#attached = true
    this.#emit({ type: "attached" })
  }

  /** Ends a process from outside, as `kill -9` does. */
  crash(id: InstanceId): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    entry.process?.signal("SIGKILL")
    this.#end(entry, null, "SIGKILL")
  }

  /** The machine itself goes: every process, and what the agent knew of them. Folders stay. */
  loseAll(): void {
    for (const id of this.running()) this.crash(id)
    this.#entries.clear()
  }

  running(): InstanceId[] {
    const alive = [...this.#entries.values()].filter(entry => entry.instance.state !== "exited")
    return alive.map(entry => entry.instance.id).sort()
  }

  #bear(spec: InstanceSpec, map: ServiceMap, script: InstanceScript, onReady = () => {}): void {
    const pid = this.#nextPid++
    const token = `token-${spec.id}-${pid}`
    const entry: Entry = {
      instance: this.#born(spec, pid, token),
      process: undefined,
      gone: Promise.withResolvers(),
    }
    this.#entries.set(spec.id, entry)
    const exit = (code: number | null, signal: string | null) => this.#end(entry, code, signal)
    void entry.gone.promise.then(onReady)
    entry.process = this.#spawn({ spec, map, token, pid, exit })
    if (script.exitAfterMs !== undefined)
      this.#clock.after(script.exitAfterMs, () => {
        entry.process?.signal("SIGKILL")
        exit(script.exitCode ?? 1, null)
      })
    if (!reports(spec) && script.readyAfterMs !== "never")
      this.#clock.after(script.readyAfterMs ?? 0, () => {
        this.#becomeReady(entry, map)
        onReady()
      })
  }

  #host(fleet: ScriptedFleet, partMs: () => number): ScriptedHost {
    return new ScriptedHost(fleet, {
      clock: this.#clock,
      accept: (call, epoch) => this.#accept(call, epoch),
      newest: () => this.#epoch,
      reach: verb => this.#reach(verb),
      partMs,
      bornAtMs: id => this.#entries.get(id)?.instance.startedAtMs ?? 0,
      end: async (id, how) => {
        const entry = this.#entries.get(id)
        if (entry === undefined || entry.instance.state === "exited") return
        if (how === "at once") return this.crash(id)
        entry.process?.stop()
        await entry.gone.promise
      },
      revive: async id => {
        const entry = this.#entries.get(id)
        if (entry !== undefined && entry.instance.state !== "exited") return
        const version = entry?.instance.version ?? "1"
        const { promise, resolve } = Promise.withResolvers<void>()
        this.#bear({ id, group: "postgres", version }, noMap, {}, resolve)
        await promise
      },
    })
  }

  #born(spec: InstanceSpec, pid: number, token: string): DriverInstance {
    const tokenHash = reports(spec) ? createHash("sha256").update(token).digest("hex") : ""
    const address = { path: `${this.#addressFolder}/${spec.id}.sock` }
    return { ...spec, pid, address, state: "running", startedAtMs: this.#clock.nowMs(), tokenHash }
  }

  #becomeReady(entry: Entry, map: ServiceMap): void {
    if (entry.instance.state !== "running") return
    if (!this.#opens(entry.instance, map)) {
      entry.process?.signal("SIGKILL")
      this.#end(entry, 1, null)
      return
    }
    entry.instance = { ...entry.instance, state: "ready" }
    this.#emit({ type: "ready", id: entry.instance.id })
  }

  #opens({ id, group }: InstanceSpec, map: ServiceMap): boolean {
    try {
      if (group === "postgres") this.#fleet?.open(id, map)
      return true
    } catch {
      return false
    }
  }

  #end(entry: Entry, code: number | null, signal: string | null): void {
    if (entry.instance.state === "exited") return
    entry.instance = { ...entry.instance, state: "exited", exit: { code, signal, atMs: this.#clock.nowMs() } }
    this.#fleet?.closed(entry.instance.id)
    entry.gone.resolve()
    this.#emit({ type: "exited", id: entry.instance.id })
  }

  #emit(event: DriverEvent): void {
    if (!this.#attached && event.type !== "detached") return
    const twice = "id" in event && this.#script(event.id).duplicateEvents === true
    for (const listener of [...this.#listeners]) for (const _ of twice ? [1, 2] : [1]) listener(event)
  }

  #accept(call: string, epoch: Epoch, as: "call" | "fence" = "call"): void {
    this.#reach(call)
    if (isOutdated(as, epoch, this.#epoch)) {
      const newest = formatEpoch(this.#epoch)
      throw driversError("BN1401", { driver: this.name, epoch: formatEpoch(epoch), newest })
    }
    this.#epoch = newestEpoch(this.#epoch, epoch)
    this.calls.push(call)
  }

  #reach(verb: string): void {
    if (!this.#attached) throw driversError("BN1407", { verb, socket: "nowhere", waitMs: 0 })
  }

  #script(id: InstanceId): InstanceScript {
    return this.scripts.get(id) ?? {}
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise(resolve => this.#clock.after(delayMs, resolve))
  }
}
