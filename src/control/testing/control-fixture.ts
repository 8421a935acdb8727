/**
 * A service in memory for tests of the control plane: a scripted driver whose processes speak the real wire over real
 * sockets and follow the map as real ones do, and watch that nobody ever asks for the impossible.
 */
import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestContext } from "node:test"
import { pino } from "pino"
import type { DatabaseSettings } from "../../drivers/database-acts.ts"
import { ScriptedDriver } from "../../drivers/scripted/scripted-driver.ts"
import { ScriptedFleet } from "../../drivers/scripted/scripted-fleet.ts"
import type { ScriptedBirth, ScriptedProcess } from "../../drivers/scripted/scripted-process.ts"
import { systemClock } from "../../kit/node/system-clock.ts"
import { seededRandom } from "../../kit/random.ts"
import { stages } from "../../topology/stages.ts"
import { type InstanceId, rolesOf, type Topology } from "../../topology/topology.ts"
import { compareEpochs, type Epoch } from "../../wire/epoch.ts"
import type { ServiceMap } from "../../wire/map.ts"
import { createUplink, type Uplink } from "../../wire/node/uplink.ts"
import type { Report } from "../../wire/report.ts"
import type { Control, ControlOptions, ControlSettings } from "../control.ts"
import { createControl } from "../create-control.ts"
import type { Journal } from "../journal/journal.ts"
import { MemoryJournal, type MemoryJournalStore } from "../journal/memory-journal.ts"
import type { Overrides } from "../overrides.ts"

export class FakeService {
  readonly folder: string
  readonly driver: ScriptedDriver
  readonly fleet = new ScriptedFleet({ clock: systemClock })
  readonly store: MemoryJournalStore = { entries: [] }
  readonly processes = new Map<string, FakeProcess>()
  /** Ids whose process never gets ready; what it says meanwhile. */
  readonly stuck = new Map<string, string>()
  /** Ids whose process never finishes its last request. */
  readonly busy = new Set<string>()
  /** Ids whose process does not get at a new map; `hear` gives it the latest. */
  readonly deaf = new Set<string>()
  /** Of the map each process has on disk from an earlier life. */
  readonly savedEpochs = new Map<string, Epoch>()
  /** What no test may ever see. */
  readonly violations: string[] = []
  /** Whether a front door was open at some time and must be from then on. */
  mustServe = false
  /** What the database server takes, where that is looked at; every process uses up its share. */
  mostConnections = 0
  overrides: Overrides | undefined
  /** The disk has no room for the overrides. */
  isDiskFull = false
  base: Topology = stages.single
  /** What each process says that it has not finished, by database. */
  underWay: () => Record<string, number> = () => ({})
  /** What a copy of the database needs, and what there is. */
  room: { neededBytes: number; freeBytes: number } | undefined
  /** What the configuration says of the databases' settings, until it is taken. */
  settings: DatabaseSettings | undefined
  readonly #controls: Control[] = []

  constructor(t: TestContext) {
    this.folder = mkdtempSync(join(tmpdir(), "control-"))
    this.driver = new ScriptedDriver({
      clock: systemClock,
      spawn: birth => this.#spawn(birth),
      addressFolder: "run",
      fleet: this.fleet,
    })
    t.after(async () => {
      for (const control of this.#controls) await control.stop()
      for (const process of this.processes.values()) process.end()
      rmSync(this.folder, { recursive: true, force: true })
    })
  }

  get socketPath(): string {
    return join(this.folder, "control.sock")
  }

  control(
    options: {
      journal?: Journal
      settings?: Partial<ControlSettings>
      certificate?: ControlOptions["certificate"]
      freezes?: ControlOptions["freezes"]
    } = {},
  ): Control {
    const control = createControl({
      driver: this.driver,
      journal: options.journal ?? new MemoryJournal(this.store),
      topologySource: {
        base: async () => this.base,
        overrides: {
          read: async () => this.overrides,
          write: async overrides => {
            if (this.isDiskFull) throw new Error("ENOSPC")
            this.overrides = overrides
          },
        },
      },
      settings: {
        service: { name: "fake", url: "http://127.0.0.1:8080" },
        version: "1",
        drainTimeoutMs: 5_000,
        readyTimeoutMs: 20_000,
        hungAfterMs: 10_000,
        ...options.settings,
      },
      clock: systemClock,
      log: pino({ level: process.env.BANYAN_TEST_LOG ?? "silent" }),
      ...(this.room && { roomForDatabase: async () => this.room! }),
      ...(options.certificate && { certificate: options.certificate }),
      ...(options.freezes && { freezes: options.freezes }),
      databaseSettings: {
        changed: async () => this.settings,
        taken: () => {
          this.settings = undefined
        },
      },
      paths: { controlSocket: this.socketPath, logs: "logs", journal: "journal" },
    })
    this.#controls.push(control)
    return control
  }

  async started(options: { settings?: Partial<ControlSettings> } = {}): Promise<Control> {
    const control = this.control(options)
    await control.start()
    await settled(control)
    this.mustServe = true
    return control
  }

  hear(id: string): void {
    this.deaf.delete(id)
    this.processes.get(id)?.hear()
  }

  /** Every process ends at once, and nobody remembers one. */
  powerCut(): void {
    this.mustServe = false
    this.driver.loseAll()
  }

  /** Looks at the whole service from outside, at every change of any process. */
  watch(): void {
    const fronts = [...this.processes.values()].filter(process => process.front === "open")
    if (this.mustServe && fronts.length === 0) this.violations.push("no front door open")
    for (const front of fronts) {
      const served = front.map.backends.some(
        backend => backend.state === "active" && this.processes.get(backend.id)?.web === "serving",
      )
      if (!served) this.violations.push(`${front.id} is open and has no backend`)
    }
  }

  #spawn(birth: ScriptedBirth): ScriptedProcess {
    if (rolesOf[birth.spec.group].includes("primary"))
      return { stop: () => birth.exit(0, null), signal: () => {} }
    const process = new FakeProcess(this, birth)
    this.processes.set(process.id, process)
    const connections = [...this.processes.values()].reduce((sum, each) => sum + each.connections, 0)
    if (this.mostConnections > 0 && connections > this.mostConnections)
      this.violations.push(`${process.id} was started: ${connections} connections`)
    return process
  }
}

class FakeProcess implements ScriptedProcess {
  readonly id: InstanceId
  map: ServiceMap
  front: "closed" | "open" | "draining" | "drained" | undefined
  web: "serving" | "draining" | "drained" | undefined
  traces: ReturnType<Parameters<typeof createUplink>[0]["traces"]> = []
  #unheard: ServiceMap | undefined
  readonly #service: FakeService
  readonly #birth: ScriptedBirth
  readonly #uplink: Uplink

  constructor(service: FakeService, birth: ScriptedBirth) {
    this.#service = service
    this.#birth = birth
    this.id = birth.spec.id
    this.map = { ...birth.map, epoch: service.savedEpochs.get(this.id) ?? birth.map.epoch }
    const roles = rolesOf[birth.spec.group]
    if (!service.stuck.has(this.id)) {
      this.front = roles.includes("edge") ? "closed" : undefined
      this.web = roles.includes("web") ? "serving" : undefined
    }
    const { pid, token } = birth
    this.#uplink = createUplink({
      socketPath: service.socketPath,
      hello: () => ({ id: this.id, token, pid, epoch: this.map.epoch }),
      report: () => this.#report(),
      traces: () => [...this.traces],
      onMap: map => this.#follow(map),
      clock: systemClock,
      random: seededRandom(pid),
      log: { info() {}, error() {} },
    })
    this.#follow(birth.map)
  }

  get connections(): number {
    return this.web === undefined ? 0 : (this.map.settings.connectionShare ?? this.#service.mostConnections)
  }

  stop(): void {
    if (this.front === "open") this.#service.violations.push(`${this.id} was stopped while it was open`)
    this.signal("SIGKILL")
    this.#birth.exit(0, null)
  }

  signal(signal: NodeJS.Signals): void {
    if (signal !== "SIGKILL") return
    this.end()
  }

  end(): void {
    this.#service.processes.delete(this.id)
    this.#uplink.close()
  }

  hear(): void {
    if (this.#unheard !== undefined) this.#follow(this.#unheard)
  }

  #follow(map: ServiceMap): void {
    this.#unheard = this.#service.deaf.has(this.id) ? map : undefined
    if (this.#unheard !== undefined) return
    if (compareEpochs(map.epoch, this.map.epoch) < 0) return
    this.map = map
    const front = map.fronts.find(each => each.id === this.id)?.state
    if (this.front !== undefined && front === "open") this.front = "open"
    else if (this.front === "open" && front === "closed") this.#retire("front")
    const backend = map.backends.find(each => each.id === this.id)?.state
    if (this.web !== undefined && backend === "active") this.web = "serving"
    else if (this.web === "serving" && backend === "draining") this.#retire("web")
    this.#service.watch()
    this.#uplink?.nudge()
  }

  /** Finishing takes a moment, as it does with requests under way. */
  #retire(role: "front" | "web"): void {
    this[role] = "draining"
    if (this.#service.busy.has(this.id)) return
    systemClock.after(5, () => {
      if (this[role] === "draining") this[role] = "drained"
      this.#uplink.nudge()
    })
  }

  #report(): Report {
    const { id, map, front, web } = this
    const active = map.backends.filter(backend => backend.state === "active")
    const progress = this.#service.stuck.get(id)
    const counts = { connections: 0, outstanding: 0, requests: 0, aborted: 0, retries: 0, answers: {} }
    const latencyMs = { p50: 1, p99: 2 }
    const backends = active.map(each => ({
      id: each.id,
      outstanding: 0,
      healthy: this.#service.processes.has(each.id),
    }))
    return {
      id,
      epoch: map.epoch,
      ready: progress === undefined && (front === undefined || backends.some(each => each.healthy)),
      ...(progress === undefined ? {} : { progress }),
      ...(front === undefined ? {} : { front: { state: front, ...counts, latencyMs, backends } }),
      ...(web === undefined
        ? {}
        : {
            web: { state: web, outstanding: 0, requests: 0, errors: 0 },
            data: {
              connections: this.connections,
              waiting: 0,
              healthy: true,
              underWay: this.#service.underWay(),
            },
          }),
    }
  }
}

/** Resolves when the control plane says that everything is as wanted. */
export async function settled(control: Control): Promise<void> {
  await until(
    () => control.state().settled,
    () => JSON.stringify(control.state().plan),
  )
}

/** Waits for a condition; fails loudly, with what was there instead, when it does not come. */
export async function until(condition: () => boolean, describe: () => string = () => ""): Promise<void> {
  const deadlineMs = Date.now() + 40_000
  while (!condition()) {
    if (Date.now() > deadlineMs) assert.fail(`waited in vain: ${condition} ${describe()}`)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}
