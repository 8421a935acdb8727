import type { MemoryJournalStore } from "../../src/control/journal/memory-journal.ts"
import type { Overrides } from "../../src/control/overrides.ts"
import { ScriptedDriver } from "../../src/drivers/scripted/scripted-driver.ts"
import type { ScriptedBirth, ScriptedProcess } from "../../src/drivers/scripted/scripted-process.ts"
import { ManualClock } from "../../src/kit/clock.ts"
import { type Random, randomInt, seededRandom } from "../../src/kit/random.ts"
import { stages } from "../../src/topology/stages.ts"
import { rolesOf, scalable, type Topology } from "../../src/topology/topology.ts"
import { Network } from "./network.ts"
import { drawProfile, healed, type Profile, wait } from "./profile.ts"
import { Safety } from "./safety.ts"
import { SimDatabases } from "./sim-databases.ts"
import { type Habits, SimProcess } from "./sim-process.ts"
import type { Ports } from "./supervisor.ts"
import { Supervisors } from "./supervisors.ts"
import { Trace } from "./trace.ts"

/** Short, so that a seed crosses them often. */
export const limits = {
  drainTimeoutMs: 2_000,
  drainGraceMs: 500,
  readyTimeoutMs: 5_000,
  helloTimeoutMs: 500,
  hungAfterMs: 3_000,
  databaseHungAfterMs: 1_000,
  memoryLimits: { app: 100, web: 100, edge: 100 },
}

/** Puts a bug between a control plane and the world: what the simulation must catch. */
export type Plant = (ports: Ports, world: SimWorld) => Partial<Ports>

export type SimOptions = {
  readonly keepTrace?: boolean
  readonly plant?: Plant | undefined
  /** What the configuration says; drawn when left out. */
  readonly base?: Topology | undefined
}

const startMs = 1_700_000_000_000

/** One machine with one service on it, in memory, on a clock moved by hand; everything in it follows from the seed. */
export class SimWorld {
  readonly clock = new ManualClock(startMs)
  readonly random: Random
  readonly trace: Trace
  readonly plant: Plant | undefined
  readonly safety = new Safety(this)
  readonly supervisors = new Supervisors(this)
  readonly store: MemoryJournalStore = { entries: [] }
  readonly processes = new Map<string, SimProcess>()
  readonly driver: ScriptedDriver
  readonly databases: SimDatabases
  readonly network: Network
  readonly base: Topology
  overrides: Overrides | undefined
  profile: Profile
  /** Somebody asked for `down` and it was done. */
  isDown = false
  /** Since when the agent that runs now has been asking its processes. */
  agentSinceMs = startMs

  constructor(seed: number, { keepTrace = false, plant, base }: SimOptions = {}) {
    this.random = seededRandom(seed)
    this.profile = drawProfile(this.random, seededRandom(~seed))
    this.trace = new Trace(keepTrace)
    this.plant = plant
    this.base = base ?? this.#drawBase()
    const { clock, random, latencyMs } = this
    this.databases = new SimDatabases(this)
    this.driver = new ScriptedDriver({
      clock,
      spawn: birth => this.#spawn(birth),
      addressFolder: "run",
      fleet: this.databases.fleet,
      partMs: () => wait(random, 40),
    })
    const slowDatabase = () => this.#startupMs()
    for (let ordinal = 1; ordinal <= scalable.postgres.most; ordinal++)
      this.driver.scripts.set(`postgres-${ordinal}`, {
        get readyAfterMs() {
          return slowDatabase()
        },
      })
    this.network = new Network({ clock, random, latencyMs, duplicates: () => this.profile.duplicates })
  }

  get nowMs(): number {
    return this.clock.nowMs() - startMs
  }

  readonly latencyMs = () => wait(this.random, this.profile.latencyMs)

  readonly note = (what: string) => this.trace.add(this.nowMs, what)

  attach(): void {
    this.note("agent attached")
    this.agentSinceMs = this.clock.nowMs()
    this.driver.attach()
  }

  /** Some process changed what it does: whoever can see it will. */
  moved(): void {
    this.safety.look()
    for (const process of this.processes.values()) if (process.front !== undefined) process.nudge()
  }

  gone({ id }: SimProcess, how: string): void {
    this.note(`${id} gone (${how})`)
    this.processes.delete(id)
    if (how !== "exit 0") this.safety.wounded.add(id)
    this.moved()
  }

  /** Nothing goes wrong any more. What is wrong already stays until somebody mends it. */
  heal(): void {
    this.note("healed")
    this.profile = healed(this.profile)
    this.attach()
    this.databases.heal()
    for (const process of this.processes.values()) {
      process.cutOff = false
      process.shrink()
    }
    for (const supervisor of this.supervisors.living) supervisor.gate.thaw()
    this.supervisors.ensureOne()
  }

  /** `down` is done: everything of Banyan ends. */
  wentDown(): void {
    this.note("down")
    this.isDown = true
    for (const supervisor of this.supervisors.living) supervisor.end("down")
  }

  up(): void {
    this.note("up")
    this.isDown = false
    this.supervisors.start()
  }

  detach(): void {
    this.note("agent detached")
    this.driver.detach()
    for (const supervisor of this.supervisors.living) supervisor.detached()
  }

  #spawn(birth: ScriptedBirth): ScriptedProcess {
    const { id, group } = birth.spec
    this.note(`${id} born`)
    this.safety.born(id)
    const isDatabase = rolesOf[group].includes("primary")
    const habits = this.#habits()
    if (isDatabase) return this.databases.born(birth, habits.leaveMs)
    const process = new SimProcess(this, birth, habits)
    this.processes.set(id, process)
    return process
  }

  #drawBase(): Topology {
    const draw = this.random()
    if (draw < 0.5) return stages.single
    if (draw < 0.75) return replicatedWith(3 + randomInt(this.random, 2))
    return balancedWith(1 + randomInt(this.random, 3), 1 + randomInt(this.random, 3))
  }

  #habits(): Habits {
    const { random, profile } = this
    const startupMs = random() < profile.neverReady ? Number.POSITIVE_INFINITY : this.#startupMs()
    const diesAtMs = random() < profile.diesInStart ? wait(random, 600) : undefined
    const finishMs = () => (random() < this.profile.busy ? Number.POSITIVE_INFINITY : wait(random, 800))
    const leavesDrained = random() < profile.leavesDrained
    return { startupMs, diesAtMs, finishMs, leavesDrained, leaveMs: wait(random, 200) }
  }

  #startupMs(): number {
    return wait(this.random, this.random() < this.profile.slowStart ? 2 * limits.readyTimeoutMs : 400)
  }
}

export function replicatedWith(postgres: number): Topology {
  return { stage: "replicated", instances: { postgres, app: 0, web: 2, edge: 1 } }
}

export function balancedWith(web: number, edge: number): Topology {
  return { stage: "balanced", instances: { postgres: 1, app: 0, web, edge } }
}
