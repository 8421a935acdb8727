import { createServer, type Server, type Socket } from "node:net"
import type { BanyanError } from "../../../kit/errors.ts"
import { isBanyanError, messageOf } from "../../../kit/errors.ts"
import { onLines } from "../../../wire/node/lines.ts"
import { driversError } from "../../drivers-errors.ts"
import { type AgentCall, type AgentLine, type ClientLine, encodeLine } from "../agent-protocol.ts"
import { sayError } from "../said-error.ts"
import type { AgentLog } from "./agent-log.ts"
import type { ProcessTable } from "./process-table.ts"

export type AgentServerOptions = {
  readonly table: ProcessTable
  readonly knowsSupervisor: (token: string) => boolean
  readonly onSupervisorAnswer: (token: string) => void
  /** Carries a verb out; what it throws goes back to the caller. */
  readonly carryOut: (call: AgentCall) => Promise<unknown>
  readonly log: AgentLog
}

/** The agent's ear: processes that say who they are, drivers that call. */
export class AgentServer {
  readonly #options: AgentServerOptions
  readonly #server: Server
  readonly #drivers = new Set<Socket>()
  readonly #links = new Set<Socket>()
  /** What the answer to a ping means, for each who was welcomed. */
  readonly #answers = new Map<Socket, () => void>()

  constructor(options: AgentServerOptions) {
    this.#options = options
    this.#server = createServer(socket => this.#accept(socket))
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject)
      this.#server.listen({ path }, () => resolve())
    })
  }

  /** To every driver. */
  tell(line: Extract<AgentLine, { id: string }>): void {
    for (const driver of this.#drivers) send(driver, line)
  }

  /** Asks everybody who was welcomed whether they live. Who has not read the last question is asked no more. */
  ping(): void {
    for (const link of this.#answers.keys()) if (link.writableLength === 0) send(link, { type: "ping" })
  }

  close(): void {
    this.#server.close()
    for (const link of this.#links) link.destroySoon()
  }

  #accept(socket: Socket): void {
    this.#links.add(socket)
    let isDriver = false
    socket.on("error", () => {})
    socket.on("close", () => {
      this.#links.delete(socket)
      this.#drivers.delete(socket)
      this.#answers.delete(socket)
    })
    onLines(socket, text => {
      const line = parseLine(text)
      if (line?.type === "hello") this.#hello(socket, line)
      else if (line?.type === "driver" && this.#admits(line.token)) {
        isDriver = true
        this.#drivers.add(socket)
        const { token } = line
        this.#welcome(socket, () => token !== undefined && this.#options.onSupervisorAnswer(token))
      } else if (line?.type === "pong") this.#answers.get(socket)?.()
      else if (line?.type === "call" && isDriver) void this.#call(socket, line.call, line)
      else refuse(socket, `not understood or not allowed: ${line?.type ?? text.slice(0, 80)}`)
    })
  }

  #admits(token: string | undefined): boolean {
    return token === undefined || this.#options.knowsSupervisor(token)
  }

  #hello(socket: Socket, line: Extract<ClientLine, { type: "hello" }>): void {
    const { id, token, pid, startedAt } = line
    const heard = this.#options.table.hello(id, token, { pid, startedAt })
    if ("refused" in heard) {
      this.#options.log.error({ instance: id, pid, reason: heard.refused }, "hello refused")
      refuse(socket, heard.refused)
    } else {
      socket.on("close", heard.onEnd)
      this.#welcome(socket, heard.onAnswer)
    }
  }

  #welcome(socket: Socket, onAnswer: () => void): void {
    this.#answers.set(socket, onAnswer)
    onAnswer()
    send(socket, { type: "welcome" })
    // At once: who was pinged knows that silence means something from now on.
    send(socket, { type: "ping" })
  }

  async #call(socket: Socket, call: number, verb: AgentCall): Promise<void> {
    try {
      send(socket, { type: "answer", call, value: (await this.#options.carryOut(verb)) ?? null })
    } catch (error) {
      const known = isBanyanError(error) ? error : this.#unexpected(verb, error)
      const { code, details } = known
      // A driver knows the errors of its own room by their codes.
      const said = code.startsWith("BN14") ? {} : { said: sayError(known, verb.verb) }
      send(socket, { type: "failure", call, code, details, ...said })
    }
  }

  #unexpected(verb: AgentCall, error: unknown): BanyanError {
    this.#options.log.error({ verb: verb.verb, err: error }, "a call failed")
    return driversError("BN1413", { reason: `${verb.verb}: ${messageOf(error)}` })
  }
}

function parseLine(text: string): ClientLine | undefined {
  try {
    const line = JSON.parse(text)
    return typeof line?.type === "string" ? line : undefined
  } catch {
    return undefined
  }
}

function refuse(socket: Socket, reason: string): void {
  send(socket, { type: "refused", reason })
  socket.destroySoon()
}

function send(socket: Socket, line: AgentLine): void {
  if (!socket.destroyed) socket.write(encodeLine(line))
}
