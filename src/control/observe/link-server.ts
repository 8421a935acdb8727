import { randomBytes } from "node:crypto"
import { renameSync, statSync } from "node:fs"
import { createServer, type Server, type Socket } from "node:net"
import type { ServiceMap } from "../../wire/map.ts"
import { decodeUp, encodeMessage } from "../../wire/messages.ts"
import { onLines } from "../../wire/node/lines.ts"
import { type Link, LinkDesk, type LinkEvents, type Links } from "./link-desk.ts"

/** Links over a Unix socket; `path` is relative to the working directory, a stale one is replaced. */
export class LinkServer implements Links {
  readonly #path: string
  readonly #desk: LinkDesk
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #inode: number | undefined
  #closed = false

  constructor(path: string, events: LinkEvents) {
    this.#path = path
    this.#desk = new LinkDesk(events)
  }

  /**
   * Listens under a name of its own and moves that to the known one. So a stale socket is replaced at one stroke, and
   * an old control plane that closes late removes its own name, never the place of the one that replaced it.
   */
  async listen(): Promise<void> {
    if (this.#closed || (this.#inode !== undefined && inodeOf(this.#path) === this.#inode)) return
    const ownPath = `${this.#path}.${randomBytes(4).toString("hex")}`
    const server = createServer(socket => this.#accept(socket))
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject)
      server.listen(ownPath, () => {
        server.off("error", reject)
        resolve()
      })
    })
    this.#inode = inodeOf(ownPath)
    renameSync(ownPath, this.#path)
    // What is linked over the old one stays linked.
    this.#server?.close()
    this.#server = server
    if (this.#closed) server.close()
  }

  publish(map: ServiceMap): void {
    this.#desk.publish(map)
  }

  askForTraces(asked: number): readonly string[] {
    return this.#desk.askForTraces(asked)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#desk.close()
    for (const socket of this.#sockets) socket.destroy()
    const server = this.#server
    if (server !== undefined) await new Promise(resolve => server.close(resolve))
  }

  #accept(socket: Socket): void {
    if (this.#closed) return void socket.destroy()
    this.#sockets.add(socket)
    const visit = this.#desk.visit(linkOver(socket))
    onLines(socket, line => visit.hear(() => decodeUp(line)))
    socket.on("error", () => {})
    socket.on("close", () => {
      this.#sockets.delete(socket)
      visit.ended()
    })
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}

function linkOver(socket: Socket): Link {
  return {
    get ended() {
      return socket.destroyed
    },
    send: message => void socket.write(encodeMessage(message)),
    end: message => void socket.end(encodeMessage(message)),
    destroy: () => void socket.destroy(),
  }
}
