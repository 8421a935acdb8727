import { createConnection, type Socket } from "node:net"
import { relative, resolve } from "node:path"
import { backoffMs } from "../../kit/random.ts"
import { onLines } from "../../wire/node/lines.ts"
import { type DriversErrorCode, driversError } from "../drivers-errors.ts"
import { type AgentAnswers, type AgentCall, type AgentLine, encodeLine } from "./agent-protocol.ts"
import { heardError } from "./said-error.ts"

export type AgentClientOptions = {
  readonly socketPath: string
  /** The supervisor's token; without one, access to the socket is the authority. */
  readonly token?: string
  /** How long a call waits for an agent that is away. */
  readonly waitMs?: number
  readonly onAttached?: () => void
  readonly onDetached?: () => void
  readonly onExited?: (id: string) => void
  /** What a database says of itself has changed. */
  readonly onDatabase?: (id: string) => void
  readonly onProgress?: (id: string, words: string) => void
}

type Pending = {
  readonly call: AgentCall
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
  sent: boolean
  timer?: NodeJS.Timeout
}

/** Said twice, these do twice: when the link is lost after they were sent, the caller must decide. */
const unrepeatable: readonly AgentCall["verb"][] = ["signal", "shutdown"]

/**
 * A link to the agent that lasts: it reconnects when the agent comes back, calls wait for that (BN1407 after
 * `waitMs`), and a call that was under way is said again, because the agent's verbs may be repeated.
 */
export class AgentClient {
  readonly #options: AgentClientOptions
  readonly #waitMs: number
  readonly #pending = new Map<number, Pending>()
  #socket: Socket | undefined
  #attached = false
  #closed = false
  #attempt = 0
  #nextCall = 1
  #reconnect: NodeJS.Timeout | undefined
  #trouble: string | undefined

  constructor(options: AgentClientOptions) {
    this.#options = options
    this.#waitMs = options.waitMs ?? 10_000
    this.#connect()
  }

  call<C extends AgentCall>(call: C): Promise<AgentAnswers[C["verb"]]> {
    return new Promise((resolve, reject) => {
      const pending: Pending = { call, resolve, reject, sent: false }
      this.#pending.set(this.#nextCall++, pending)
      if (this.#closed) this.#rejectAll()
      else this.#flush()
    })
  }

  /** Calls that have no answer yet are rejected. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#reconnect)
    this.#rejectAll()
    this.#socket?.destroy()
  }

  #connect(): void {
    const socket = createConnection({ path: this.#options.socketPath })
    this.#socket = socket
    onLines(socket, line => this.#receive(JSON.parse(line) as AgentLine))
    socket.on("connect", () => {
      const { token } = this.#options
      socket.write(encodeLine({ type: "driver", ...(token === undefined ? {} : { token }) }))
    })
    socket.on("error", error => {
      this.#trouble = error.message
    })
    socket.on("close", () => this.#lost())
  }

  #lost(): void {
    if (this.#closed) return
    const wasAttached = this.#attached
    this.#attached = false
    for (const [number, pending] of this.#pending) {
      if (pending.sent && unrepeatable.includes(pending.call.verb)) this.#giveUp(number, pending)
      pending.sent = false
    }
    this.#flush()
    if (wasAttached) this.#options.onDetached?.()
    this.#reconnect = setTimeout(() => this.#connect(), 5 + backoffMs(Math.random, this.#attempt++, 20, 500))
  }

  #receive(line: AgentLine): void {
    if (line.type === "welcome") {
      this.#attached = true
      this.#attempt = 0
      this.#trouble = undefined
      this.#flush()
      this.#options.onAttached?.()
    } else if (line.type === "exited") {
      // After whoever waits for an answer that came before it: a list must not bring the dead back.
      setImmediate(() => this.#options.onExited?.(line.id))
    } else if (line.type === "ping") this.#socket?.write(encodeLine({ type: "pong" }))
    else if (line.type === "database") this.#options.onDatabase?.(line.id)
    else if (line.type === "progress") this.#options.onProgress?.(line.id, line.words)
    else if (line.type === "refused") this.#trouble = `refused: ${line.reason}`
    else this.#settle(line)
  }

  #settle(line: Extract<AgentLine, { call: number }>): void {
    const pending = this.#pending.get(line.call)
    if (pending === undefined) return
    this.#pending.delete(line.call)
    if (line.type === "answer") pending.resolve(line.value as never)
    else if (line.said !== undefined) pending.reject(heardError(line.said))
    else pending.reject(driversError(line.code as DriversErrorCode, line.details))
  }

  /** Sends what has not been sent; while there is no agent, gives each call its time to wait. */
  #flush(): void {
    for (const [number, pending] of this.#pending) {
      if (pending.sent) continue
      if (this.#attached) {
        clearTimeout(pending.timer)
        delete pending.timer
        pending.sent = true
        this.#socket?.write(encodeLine({ type: "call", call: number, ...pending.call }))
      } else pending.timer ??= setTimeout(() => this.#giveUp(number, pending), this.#waitMs)
    }
  }

  #giveUp(number: number, pending: Pending): void {
    clearTimeout(pending.timer)
    this.#pending.delete(number)
    const { socketPath: socket } = this.#options
    const details = { verb: pending.call.verb, socket, waitMs: this.#waitMs, reason: this.#trouble }
    pending.reject(driversError("BN1407", details))
  }

  #rejectAll(): void {
    this.#trouble ??= "the link was closed"
    for (const [number, pending] of [...this.#pending]) this.#giveUp(number, pending)
  }
}

/** The shortest way to name a socket from here: sun_path holds about 107 bytes, and project paths may be longer. */
export function shortSocketPath(projectFolder: string, socket: string): string {
  const whole = resolve(projectFolder, socket)
  const near = relative(process.cwd(), whole)
  return near.length < whole.length ? near : whole
}
