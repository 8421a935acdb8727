import { type Random, randomInt, seededRandom } from "../../kit/random.ts"
import type { History, HistoryEvent, Operation, OperationKind, Outcome } from "../history/history.ts"
import type { Excuse } from "./excuse.ts"
import { SimulatedStore, type Taken } from "./simulated-store.ts"

/** A service without a fault, and clients that meet faults: its histories must pass every checker. */
export type SimulationOptions = {
  readonly seed: number
  readonly operations: number
  readonly sessions: number
  readonly registers: number
  readonly lists: number
  /** How many requests a session has under way at most. */
  readonly width: number
  /** Share of the requests sent during a fault that fail or stay unknown. */
  readonly troubleShare: number
  /** Reads come from replicas that lag, though never behind what their session has seen or written. */
  readonly laggingReads: boolean
  /** Whether answers tell versions. */
  readonly versions: boolean
}

/** What speaks for the failures of a simulated history. */
export const simulatedExcuses: readonly Excuse[] = [
  {
    why: "a frozen instance takes no new connection",
    failures: ["refused"],
    during: { opens: "freeze", closes: "thaw" },
  },
  {
    why: "a frozen instance answers late or never",
    failures: ["timeout", "noAnswer"],
    during: { opens: "freeze", closes: "thaw" },
  },
  {
    why: "what may not be repeated ends with the connection of a frozen instance",
    failures: ["resetReused"],
    methods: ["POST", "DELETE"],
    during: { opens: "freeze", closes: "thaw", subject: "web" },
  },
]

/** One such history; the same options give the same one. */
export function simulateHistory(options: SimulationOptions): History {
  return new Simulation(options).run()
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

type UnderWay = {
  readonly operation: Mutable<Operation>
  readonly fate: Outcome
  taken: Taken | undefined
}

const methods: Readonly<Record<OperationKind, string>> = {
  write: "POST",
  read: "GET",
  add: "POST",
  remove: "DELETE",
  list: "GET",
  request: "GET",
}

class Simulation {
  readonly #options: SimulationOptions
  readonly #random: Random
  readonly #store = new SimulatedStore()
  readonly #operations: Operation[] = []
  readonly #events: HistoryEvent[] = []
  readonly #underWay: UnderWay[] = []
  /** Their clients have given up; they may take effect later, or never. */
  readonly #adrift: UnderWay[] = []
  readonly #widths = new Map<string, number>()
  #order = 0
  #nowMs = 0
  #frozen: string | undefined

  constructor(options: SimulationOptions) {
    this.#options = options
    this.#random = seededRandom(options.seed)
  }

  run(): History {
    while (this.#operations.length < this.#options.operations || this.#underWay.length > 0) {
      this.#nowMs += this.#random()
      if (this.#chance(0.02)) this.#fault()
      if (this.#chance(0.05)) this.#lateEffect()
      const mayBegin = this.#operations.length < this.#options.operations
      if (mayBegin && this.#chance(0.35)) this.#begin()
      else if (this.#underWay.length > 0) this.#advance(randomInt(this.#random, this.#underWay.length))
    }
    while (this.#adrift.length > 0 && this.#chance(0.8)) this.#lateEffect()
    this.#readEverything()
    const { seed } = this.#options
    return {
      header: { title: "simulated", seed, startedAtMs: 0 },
      operations: this.#operations,
      events: this.#events,
      finals: this.#store.finals(this.#random),
      torn: false,
    }
  }

  #chance(probability: number): boolean {
    return this.#random() < probability
  }

  #fault(): void {
    const name = this.#frozen === undefined ? "freeze" : "thaw"
    const subject = this.#frozen ?? `web-${1 + randomInt(this.#random, 2)}`
    this.#frozen = name === "freeze" ? subject : undefined
    this.#events.push({ name, subject, order: this.#order++, atMs: this.#nowMs })
  }

  #begin(): void {
    const { sessions, width } = this.#options
    const session = `s${randomInt(this.#random, sessions)}`
    const open = this.#widths.get(session) ?? 0
    if (open >= width) return
    this.#widths.set(session, open + 1)
    this.#start(session, this.#intent())
  }

  #intent(): Pick<Operation, "kind" | "key" | "value"> {
    const { registers, lists } = this.#options
    const index = randomInt(this.#random, registers + lists + 1)
    const value = `v${this.#operations.length}`
    if (index === registers + lists) return { kind: "request", key: "page" }
    const writes = this.#chance(0.4)
    if (index < registers) {
      const key = `register-${index}`
      return writes ? { kind: "write", key, value } : { kind: "read", key }
    }
    const key = `list-${index - registers}`
    if (!writes) return { kind: "list", key }
    const items = this.#store.items(key)
    if (items.length === 0 || this.#chance(0.7)) return { kind: "add", key, value }
    return { kind: "remove", key, value: items[randomInt(this.#random, items.length)]! }
  }

  #start(session: string, intent: Pick<Operation, "kind" | "key" | "value">): UnderWay {
    const id = `o${this.#operations.length}`
    const troubled = this.#frozen !== undefined && this.#chance(this.#options.troubleShare)
    const fate = !troubled ? "ok" : this.#chance(0.4) ? "failed" : "unknown"
    const operation: Mutable<Operation> = {
      id,
      session,
      ...intent,
      method: methods[intent.kind],
      outcome: "unknown",
      invokedOrder: this.#order++,
      invokedMs: this.#nowMs,
    }
    this.#operations.push(operation)
    const begun = { operation, fate, taken: undefined } satisfies UnderWay
    this.#underWay.push(begun)
    return begun
  }

  /** Takes effect, or is answered if it has; of unknown ones either may never be. */
  #advance(index: number): void {
    const one = this.#underWay[index]!
    const { fate, taken } = one
    if (fate !== "failed" && taken === undefined && (fate === "ok" || this.#chance(0.5))) {
      one.taken = this.#take(one)
      return
    }
    this.#underWay[index] = this.#underWay.at(-1)!
    this.#underWay.pop()
    const { session } = one.operation
    this.#widths.set(session, (this.#widths.get(session) ?? 1) - 1)
    if (fate === "unknown" && taken === undefined) this.#adrift.push(one)
    if (fate === "unknown" && this.#chance(0.2)) return
    this.#answer(one)
  }

  #take({ operation }: UnderWay): Taken {
    return this.#store.take(operation, this.#options.laggingReads, this.#random)
  }

  #answer({ operation, fate, taken }: UnderWay): void {
    operation.returnedOrder = this.#order++
    operation.returnedMs = this.#nowMs
    operation.outcome = fate
    if (fate === "failed") operation.failure = "refused"
    if (fate === "unknown")
      operation.failure = operation.method === "GET" || this.#chance(0.5) ? "timeout" : "resetReused"
    if (fate !== "ok" || taken === undefined) return
    this.#store.learned(operation, taken.version)
    if (operation.kind === "read") operation.saw = taken.saw
    if (operation.kind === "list") operation.items = taken.items
    const isRegister = operation.kind === "read" || operation.kind === "write"
    if (isRegister && this.#options.versions) operation.version = taken.version
  }

  #lateEffect(): void {
    const index = randomInt(this.#random, Math.max(1, this.#adrift.length))
    const [one] = this.#adrift.splice(index, 1)
    if (one !== undefined && this.#chance(0.7)) this.#take(one)
  }

  #readEverything(): void {
    this.#frozen = undefined
    for (let index = 0; index < this.#options.registers; index++) {
      const one = this.#start("final", { kind: "read", key: `register-${index}` })
      one.taken = this.#store.take(one.operation, false, this.#random)
      this.#underWay.pop()
      this.#answer(one)
    }
  }
}
