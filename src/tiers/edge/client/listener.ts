import { createServer, Server, type Socket } from "node:net"
import { messageOf } from "../../../kit/errors.ts"
import type { ListenOn } from "../edge.ts"
import { edgeError } from "../edge-errors.ts"

/** Requests that wait here while the front door is away are answered by the next one. */
const backlog = 4096

const serverOptions = { allowHalfOpen: true, noDelay: true }

/**
 * The listening side of a front door. It may share its socket with other processes: whoever accepts first has the
 * connection, and what nobody has accepted stays in the kernel's queue when one of them stops.
 */
export class Listener {
  readonly #id: string
  readonly #listen: ListenOn
  readonly #onConnection: (socket: Socket) => void
  #server: Server | undefined
  #givenBack = false

  constructor(id: string, listen: ListenOn, onConnection: (socket: Socket) => void) {
    this.#id = id
    this.#listen = listen
    this.#onConnection = onConnection
  }

  get open(): boolean {
    return this.#server?.listening === true
  }

  /** Throws BN2001, or BN2002 when the socket was inherited and has been closed. */
  async start(): Promise<void> {
    if (this.#server !== undefined) return
    if (this.#givenBack) throw edgeError("BN2002", { id: this.#id })
    const where = this.#listen
    const server = createServer(serverOptions, this.#onConnection)
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject)
      server.listen({ ...where, backlog }, () => {
        server.off("error", reject)
        resolve()
      })
    }).catch((error: unknown) => {
      this.#server = undefined
      const words = "fd" in where ? `descriptor ${where.fd}` : `${where.host}:${where.port}`
      throw edgeError("BN2001", { id: this.#id, where: words, reason: messageOf(error) }, error)
    })
  }

  /**
   * Accepts no more. Connections live on: `Server.prototype.close` closes the listening handle and nothing else,
   * and only in this process.
   */
  stop(): void {
    if (this.#server === undefined) return
    this.#givenBack = "fd" in this.#listen
    Server.prototype.close.call(this.#server)
    this.#server = undefined
  }

  address(): { host: string; port: number } | undefined {
    const address = this.#server?.address()
    if (address === null || address === undefined || typeof address === "string") return undefined
    return { host: address.address, port: address.port }
  }
}
