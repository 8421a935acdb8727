import { connect, createServer, type Server, type Socket } from "node:net"
import type { TestContext } from "node:test"
import type { Address } from "../../../wire/map.ts"

/**
 * What is done to a message. `answer`: it arrives, and its answer is lost with the connection. `request`: it is lost with
 * the connection. `late`: the connection is lost, and the message arrives when `deliver` is called.
 */
export type Cut = "answer" | "request" | "late"

/** Whoever sends a statement with these words has the next message on that connection cut. */
export const cutMark = "cut here"

/** Test support: a way to a server on which a connection breaks at the one message that matters. */
export class CuttingProxy {
  readonly #server: Server
  readonly #to: Address
  readonly #sockets = new Set<Socket>()
  #how: Cut = "answer"
  #deliver: (() => Promise<void>) | undefined
  cuts = 0

  private constructor(to: Address) {
    this.#to = to
    this.#server = createServer(client => this.#join(client))
  }

  static async start(t: Pick<TestContext, "after">, to: Address): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(to)
    await new Promise<void>(resolve => proxy.#server.listen(0, "127.0.0.1", resolve))
    t.after(() => {
      for (const socket of proxy.#sockets) socket.destroy()
      proxy.#server.close()
    })
    return proxy
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  set how(how: Cut) {
    this.#how = how
  }

  /** What was held back arrives now; resolves when the server has done with it. */
  async deliver(): Promise<void> {
    await this.#deliver?.()
  }

  #join(client: Socket): void {
    const server = "path" in this.#to ? connect(this.#to.path) : connect(this.#to.port, this.#to.host)
    let state: "open" | "marked" | "cut" = "open"
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket.on("error", () => {})
    }
    client.on("data", bytes => {
      if (state === "marked") {
        state = "cut"
        this.cuts++
        this.#cut(bytes, client, server)
        return
      }
      if (bytes.includes(cutMark)) state = "marked"
      server.write(bytes)
    })
    server.on("data", bytes => {
      if (state !== "cut") client.write(bytes)
      else if (this.#how === "answer") server.destroy()
    })
    client.on("close", () => {
      if (state !== "cut") server.destroy()
    })
    server.on("close", () => client.destroy())
  }

  #cut(bytes: Buffer, client: Socket, server: Socket): void {
    if (this.#how === "answer") {
      server.write(bytes)
      return
    }
    client.destroy()
    if (this.#how === "request") server.destroy()
    this.#deliver = () =>
      new Promise(resolve => {
        server.once("close", () => resolve())
        server.end(bytes)
      })
  }
}
