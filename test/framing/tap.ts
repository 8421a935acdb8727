import { mkdtempSync, rmSync } from "node:fs"
import net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Address } from "../../src/wire/map.ts"

/** Whoever ends what was begun: a test, or a program. */
export type CleanUp = { after(end: () => unknown): void }

/** What passed on one connection between the front door and a backend since the last look. */
export type Passed = { toBackend: string; fromBackend: string }

/**
 * Stands between a front door and a backend and keeps every byte that passes, so that both can be held to the same
 * words. Health checks are answered here: they are not what is being looked at.
 */
export class Tap {
  readonly address: Address
  readonly #backend: Address
  readonly #server: net.Server
  readonly #sockets = new Set<net.Socket>()
  /** In the order of their first byte. */
  #passed = new Map<net.Socket, Passed>()

  private constructor(backend: Address, folder: string) {
    this.#backend = backend
    this.address = { path: join(folder, "tap") }
    this.#server = net.createServer(socket => this.#accept(socket))
  }

  static async start(backend: Address, cleanUp: CleanUp): Promise<Tap> {
    const folder = temporaryFolder(cleanUp)
    const tap = new Tap(backend, folder)
    cleanUp.after(() => tap.#stop())
    await new Promise<void>((resolve, reject) => {
      tap.#server.once("error", reject)
      tap.#server.listen(tap.address, resolve)
    })
    return tap
  }

  /** What passed since the last call, a connection each. */
  take(): Passed[] {
    const passed = [...this.#passed.values()]
    this.#passed = new Map()
    return passed
  }

  #accept(door: net.Socket): void {
    this.#keep(door)
    door.once("data", first => {
      if (first.toString("latin1").startsWith("GET /.banyan/health ")) {
        door.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        return
      }
      const backend = net.connect({ ...this.#backend, noDelay: true })
      this.#keep(backend)
      const toBackend = (bytes: Buffer) => {
        this.#passedOn(door).toBackend += bytes.toString("latin1")
        backend.write(bytes)
      }
      toBackend(first)
      door.on("data", toBackend)
      backend.on("data", bytes => {
        this.#passedOn(door).fromBackend += bytes.toString("latin1")
        door.write(bytes)
      })
      door.once("close", () => backend.destroy())
      backend.once("close", () => door.end())
    })
  }

  #passedOn(door: net.Socket): Passed {
    const passed = this.#passed.get(door) ?? { toBackend: "", fromBackend: "" }
    this.#passed.set(door, passed)
    return passed
  }

  #keep(socket: net.Socket): void {
    this.#sockets.add(socket)
    socket.on("error", () => {})
    socket.once("close", () => this.#sockets.delete(socket))
  }

  #stop(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}

export function temporaryFolder(cleanUp: CleanUp): string {
  const folder = mkdtempSync(join(tmpdir(), "framing-"))
  cleanUp.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
