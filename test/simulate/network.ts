import { LinkDesk, type LinkEvents, type Links, type LinkVisit } from "../../src/control/observe/link-desk.ts"
import type { Clock } from "../../src/kit/clock.ts"
import { backoffMs, type Random } from "../../src/kit/random.ts"
import type { ServiceMap } from "../../src/wire/map.ts"
import type { DownMessage, UpMessage } from "../../src/wire/messages.ts"
import { type Gate, Pipe } from "./gate.ts"

export type NetworkOptions = {
  readonly clock: Clock
  readonly random: Random
  readonly latencyMs: () => number
  /** Share of messages that arrive twice. */
  readonly duplicates: () => number
}

/** The control socket's name and every connection over it, in memory: in order, late, cut at any moment. */
export class Network {
  readonly options: NetworkOptions
  /** Whoever listened last owns the name. */
  desk: SimLinks | undefined

  constructor(options: NetworkOptions) {
    this.options = options
  }

  links(supervisor: { number: number; gate: Gate }, events: LinkEvents): SimLinks {
    return new SimLinks(this, supervisor, events)
  }
}

/** A supervisor's side: the real desk over connections in memory. */
export class SimLinks implements Links {
  readonly #network: Network
  readonly #gate: Gate
  readonly #number: number
  readonly #desk: LinkDesk
  readonly #connections = new Set<Connection>()

  constructor(network: Network, { number, gate }: { number: number; gate: Gate }, events: LinkEvents) {
    this.#network = network
    this.#number = number
    this.#gate = gate
    this.#desk = new LinkDesk(events)
  }

  async listen(): Promise<void> {
    this.#network.desk = this
  }

  publish(map: ServiceMap): void {
    if (!this.#gate.closed) this.#desk.publish(map)
  }

  askForTraces(asked: number): readonly string[] {
    return this.#gate.closed ? [] : this.#desk.askForTraces(asked)
  }

  async close(): Promise<void> {
    this.#desk.close()
    this.hangUp()
  }

  /** What the kernel does for a process that has ended. */
  hangUp(): void {
    if (this.#network.desk === this) this.#network.desk = undefined
    for (const connection of this.#connections) connection.cut()
  }

  /** A process connects; frozen supervisors let it in, and hear it later. */
  accept(connection: Connection): void {
    this.#connections.add(connection)
    connection.supervisor = this.#number
    let visit: LinkVisit | undefined
    this.#gate.pass(() => {
      visit = this.#desk.visit(connection)
    })
    connection.onUp = message => this.#gate.pass(() => visit?.hear(() => message))
    connection.onCut = () => {
      this.#connections.delete(connection)
      this.#gate.pass(() => visit?.ended())
    }
  }
}

/** One connection between a process and a supervisor. What is under way when it is cut may or may not arrive. */
export class Connection {
  ended = false
  /** The number of the supervisor at its other end. */
  supervisor = 0
  onUp: (message: UpMessage) => void = () => {}
  onCut: () => void = () => {}
  readonly #network: NetworkOptions
  readonly #up: Pipe
  readonly #down: Pipe
  readonly #process: { receive(message: DownMessage, from: number): void; lost(): void }

  constructor(
    network: NetworkOptions,
    process: { receive(message: DownMessage, from: number): void; lost(): void },
  ) {
    this.#network = network
    this.#process = process
    this.#up = new Pipe(network.clock, network.latencyMs)
    this.#down = new Pipe(network.clock, network.latencyMs)
  }

  /** From the process to its supervisor. */
  tell(message: UpMessage): void {
    const { random, duplicates } = this.#network
    const times = message.type === "report" && random() < duplicates() ? 2 : 1
    for (let time = 0; time < times; time++) this.#up.carry(() => this.ended || this.onUp(message))
  }

  send(message: DownMessage): void {
    if (!this.ended) this.#down.carry(() => this.ended || this.#process.receive(message, this.supervisor))
  }

  end(message: DownMessage): void {
    this.send(message)
    this.#down.carry(() => this.cut())
  }

  destroy(): void {
    this.cut()
  }

  cut(): void {
    if (this.ended) return
    this.ended = true
    this.#down.carry(() => this.#process.lost())
    this.#up.carry(() => this.onCut())
  }
}

/** How long a process waits before it connects again, as wire/node/uplink.ts does. */
export function reconnectAfterMs(random: Random, attempt: number): number {
  return 25 + backoffMs(random, attempt, 50, 1000)
}
