import type { Socket } from "node:net"
import type { Clock } from "../../../kit/clock.ts"
import type { Random } from "../../../kit/random.ts"
import type { Effect, Way } from "./toxic.ts"
import { resetSocket, ToxicPipe } from "./toxic-pipe.ts"

export type ToxicConnectionOptions = {
  readonly client: Socket
  /** Begins to connect to whom the proxy stands for. */
  readonly dial: () => Socket
  readonly effect: (way: Way) => Effect
  readonly random: Random
  readonly clock: Clock
  /** Both sides have gone. */
  readonly onClose: () => void
  /** The server went, or was not there, without being asked to by the client. */
  readonly onServerGone: () => void
}

/** A connection to the proxy and the one it made for it. */
export class ToxicConnection {
  readonly #options: ToxicConnectionOptions
  readonly #up: ToxicPipe
  readonly #down: ToxicPipe
  #server: Socket | undefined

  constructor(options: ToxicConnectionOptions) {
    this.#options = options
    const { client, effect, random, clock } = options
    this.#up = new ToxicPipe({ effect: () => effect("up"), random, clock })
    this.#down = new ToxicPipe({ effect: () => effect("down"), random, clock })
    this.#up.readFrom(client)
    this.#down.writeTo(client)
    client.on("end", () => this.#neverThere())
    client.on("close", () => this.#neverThere())
    client.on("close", () => this.#sideClosed())
    this.#dialWhenJoined()
  }

  /** Toxics came or went. */
  changed(): void {
    this.#dialWhenJoined()
    this.#up.pump()
    this.#down.pump()
  }

  reset(): void {
    for (const socket of this.#sockets()) resetSocket(socket)
  }

  destroy(): void {
    for (const socket of this.#sockets()) socket.destroy()
  }

  /** A handshake needs both ways: a server behind a cut hears of a new connection when it is healed. */
  #dialWhenJoined(): void {
    const { client, dial, effect, onServerGone } = this.#options
    if (this.#server !== undefined || client.destroyed || effect("up").isCut || effect("down").isCut) return
    const server = dial()
    this.#server = server
    const unasked = () => {
      if (!client.readableEnded && !client.destroyed) onServerGone()
    }
    server.on("end", unasked)
    server.on("error", unasked)
    server.on("close", () => this.#sideClosed())
    this.#down.readFrom(server)
    this.#up.writeTo(server)
  }

  /** Who gave up before the handshake could be made sent nothing to anybody. */
  #neverThere(): void {
    if (this.#server === undefined) this.#options.client.destroy()
  }

  #sideClosed(): void {
    if (!this.#sockets().every(socket => socket.closed)) return
    this.#up.close()
    this.#down.close()
    this.#options.onClose()
  }

  #sockets(): Socket[] {
    return this.#server === undefined ? [this.#options.client] : [this.#options.client, this.#server]
  }
}
