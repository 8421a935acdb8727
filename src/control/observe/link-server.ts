import { randomBytes } from "node:crypto"
import { renameSync } from "node:fs"
import { createServer, type Server, type Socket } from "node:net"
import { messageOf } from "../../kit/errors.ts"
import type { ServiceMap } from "../../wire/map.ts"
import { decodeUp, encodeMessage, type Hello, type UpMessage } from "../../wire/messages.ts"
import { onLines } from "../../wire/node/lines.ts"
import type { Report } from "../../wire/report.ts"

export type LinkServerOptions = {
  /** Unix socket, relative to the working directory. A stale one is replaced. */
  readonly path: string
  /** Whether the token of a hello is that of the instance it names. */
  readonly verify: (hello: Hello) => Promise<boolean>
  readonly onHello: (hello: Hello) => void
  readonly onReport: (report: Report) => void
  /** The instance's link ended: it died, or it will be back. */
  readonly onEnd: (id: string) => void
  /** What a fresh link is told at once; undefined while control does not know yet. */
  readonly map: () => ServiceMap | undefined
  readonly log: { warn(details: object, message: string): void }
}

/** Where every process of the data plane links to. Only who has said a believed hello is listened to. */
export class LinkServer {
  readonly #options: LinkServerOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #links = new Map<string, Socket>()
  #closed = false

  constructor(options: LinkServerOptions) {
    this.#options = options
    this.#server = createServer(socket => this.#accept(socket))
  }

  /**
   * Listens under a name of its own and moves that to the known one. So a stale socket is replaced at one stroke, and
   * an old control plane that closes late removes its own name, never the place of the one that replaced it.
   */
  async listen(): Promise<void> {
    const ownPath = `${this.#options.path}.${randomBytes(4).toString("hex")}`
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject)
      this.#server.listen(ownPath, () => {
        this.#server.off("error", reject)
        resolve()
      })
    })
    renameSync(ownPath, this.#options.path)
  }

  publish(map: ServiceMap): void {
    const line = encodeMessage({ type: "map", map })
    for (const socket of this.#links.values()) socket.write(line)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const socket of this.#sockets) socket.destroy()
    await new Promise(resolve => this.#server.close(resolve))
  }

  #accept(socket: Socket): void {
    if (this.#closed) return void socket.destroy()
    this.#sockets.add(socket)
    let id: string | undefined
    // One after the other: reports that come while a hello is being verified wait for the verdict.
    let queue: Promise<void> = Promise.resolve()
    onLines(socket, line => {
      queue = queue
        .then(async () => {
          const message = decodeUp(line)
          if (message.type === "hello") id = await this.#welcome(socket, message)
          else if (id !== undefined) this.#hear(id, socket, message)
        })
        .catch(error => {
          this.#options.log.warn({ id, reason: messageOf(error) }, "link: unreadable message; link closed")
          socket.destroy()
        })
    })
    socket.on("error", () => {})
    socket.on("close", () => {
      this.#sockets.delete(socket)
      if (id === undefined || this.#links.get(id) !== socket) return
      this.#links.delete(id)
      if (!this.#closed) this.#options.onEnd(id)
    })
  }

  async #welcome(socket: Socket, hello: Hello): Promise<string | undefined> {
    if (!(await this.#options.verify(hello))) {
      this.#options.log.warn({ id: hello.id, pid: hello.pid }, "link: hello not believed")
      socket.end(encodeMessage({ type: "refused", reason: `unknown instance or wrong token: ${hello.id}` }))
      return undefined
    }
    if (this.#closed || socket.destroyed) return undefined
    const before = this.#links.get(hello.id)
    this.#links.set(hello.id, socket)
    if (before !== socket) before?.destroy()
    this.#options.onHello(hello)
    const map = this.#options.map()
    if (map !== undefined) socket.write(encodeMessage({ type: "map", map }))
    return hello.id
  }

  #hear(id: string, socket: Socket, message: Extract<UpMessage, { type: "report" }>): void {
    // A link speaks for the instance that said hello on it, and for no other.
    if (message.report.id === id && this.#links.get(id) === socket) this.#options.onReport(message.report)
  }
}
