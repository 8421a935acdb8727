import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"
import { messageOf } from "../../../kit/errors.ts"
import { systemClock } from "../../../kit/node/system-clock.ts"
import { type Random, seededRandom } from "../../../kit/random.ts"
import { faultError } from "../fault-errors.ts"
import { effectOf, noEffect, type Toxic, type Way, type Ways } from "./toxic.ts"
import { ToxicConnection } from "./toxic-connection.ts"

export type Place = { readonly host: string; readonly port: number } | { readonly path: string }

export type ToxicProxyOptions = {
  /** Port 0: a free one, see `address`. */
  readonly listen: Place
  readonly to: Place
  /** Of the jitter. Which piece of which connection gets which number depends on when they come. */
  readonly seed: number
  /** A server ended a connection, or refused one, that its client wanted. */
  readonly onServerGone?: () => void
}

/**
 * Stands between two processes, for any stream of bytes, and does to it what it is told while it runs.
 *
 * Where a real line differs: a program cannot help the kernel completing a handshake. So a connect during a cut
 * succeeds and then nothing comes, where a packet filter would let it hang (packet-faults.ts shows that); the
 * server hears of it after the healing. Handshakes are never delayed. And what was held back arrives the moment the
 * cut is healed, where TCP would wait for its next retransmission.
 */
export class ToxicProxy {
  readonly #options: ToxicProxyOptions
  readonly #random: Random
  readonly #server: Server
  readonly #connections = new Set<ToxicConnection>()
  readonly #toxics = { up: new Set<Toxic>(), down: new Set<Toxic>() }
  readonly #effects = { up: noEffect, down: noEffect }
  #address: Place
  readonly #closed = Promise.withResolvers<void>()

  private constructor(options: ToxicProxyOptions) {
    this.#options = options
    this.#address = options.listen
    this.#random = seededRandom(options.seed)
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, socket => this.#accept(socket))
    this.#server.on("close", () => this.#closed.resolve())
  }

  /** Throws BN3020. */
  static async listen(options: ToxicProxyOptions): Promise<ToxicProxy> {
    const proxy = new ToxicProxy(options)
    const { listen } = options
    proxy.#server.listen({ ...listen, backlog: 4096 })
    await once(proxy.#server, "listening").catch(error => {
      const subject = "path" in listen ? listen.path : `${listen.host}:${listen.port}`
      throw faultError("BN3020", { name: "a toxic proxy", subject, reason: messageOf(error) }, error)
    })
    if ("port" in listen) proxy.#address = { ...listen, port: (proxy.#server.address() as AddressInfo).port }
    return proxy
  }

  get address(): Place {
    return this.#address
  }

  /** How many are open on either side. */
  get connections(): number {
    return this.#connections.size
  }

  /** From now on, for every connection, until the antidote that is returned is called. */
  add(ways: Ways, toxic: Toxic): () => void {
    // A copy: the same toxic may be given twice, and each antidote takes its own.
    const own = { ...toxic }
    const sick: readonly Way[] = ways === "both" ? ["up", "down"] : [ways]
    for (const way of sick) this.#toxics[way].add(own)
    this.#changed()
    return () => {
      const removed = sick.filter(way => this.#toxics[way].delete(own))
      if (removed.length > 0) this.#changed()
    }
  }

  /** Breaks every connection there is, on both sides, and tells how many. */
  reset(): number {
    const open = [...this.#connections]
    for (const connection of open) connection.reset()
    return open.length
  }

  /** Ends everything. */
  async close(): Promise<void> {
    if (this.#server.listening) this.#server.close()
    for (const connection of this.#connections) connection.destroy()
    this.#connections.clear()
    await this.#closed.promise
  }

  #accept(client: Socket): void {
    const { to, onServerGone = () => {} } = this.#options
    const connection = new ToxicConnection({
      client,
      dial: () => connect({ ...to, allowHalfOpen: true, noDelay: true }),
      effect: way => this.#effects[way],
      random: this.#random,
      clock: systemClock,
      onClose: () => this.#connections.delete(connection),
      onServerGone,
    })
    this.#connections.add(connection)
  }

  #changed(): void {
    for (const way of ["up", "down"] as const) this.#effects[way] = effectOf(this.#toxics[way])
    for (const connection of this.#connections) connection.changed()
  }
}
