import pg from "pg"
import type { Clock } from "../../../kit/clock.ts"
import { backoffMs, type Random } from "../../../kit/random.ts"
import { dataError } from "../data-errors.ts"
import { destroyConnection } from "./connection.ts"

type Subscriber = {
  readonly channel: string
  readonly onNotice: (payload: string) => void
  readonly onGap: () => void
  /** Set once its LISTEN stands for the first time; later ones are gaps. */
  active: boolean
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export type ListenerOptions = {
  /** A connection to whoever is primary. */
  readonly open: () => Promise<pg.Client>
  readonly clock: Clock
  readonly random: Random
  readonly log: { error(details: object, message: string): void }
}

const retry = { baseMs: 20, capMs: 200 }
/** NAMEDATALEN of Postgres, without its closing NUL. */
const channelBytesMax = 63

/**
 * LISTEN for a whole process over one connection, re-established for as long as somebody listens. Notices sent while it
 * was away are gone, Postgres keeps none: `onGap` says so, and the subscriber looks for itself.
 */
export class Listener {
  readonly #options: ListenerOptions
  readonly #subscribers = new Set<Subscriber>()
  #client: pg.Client | undefined
  #connecting = false
  #closed = false
  #wake: (() => void) | undefined
  #said: Promise<unknown> = Promise.resolve()

  constructor(options: ListenerOptions) {
    this.#options = options
  }

  /** Resolves when notices arrive; the result ends it. Throws BN2204, BN2206. */
  async listen(
    channel: string,
    onNotice: (payload: string) => void,
    onGap: () => void,
  ): Promise<() => Promise<void>> {
    const bytes = Buffer.byteLength(channel)
    if (bytes < 1 || bytes > channelBytesMax) throw dataError("BN2206", { channel, bytes })
    if (this.#closed) throw dataError("BN2204")
    let subscriber: Subscriber | undefined
    await new Promise<void>((resolve, reject) => {
      subscriber = { channel, onNotice, onGap, active: false, resolve, reject }
      this.#subscribers.add(subscriber)
      void this.#join(subscriber)
    })
    return () => this.#leave(subscriber as Subscriber)
  }

  /** The primary is, or may be, somewhere else or back: look now. */
  moved(addressChanged: boolean): void {
    if (addressChanged && this.#client !== undefined) destroyConnection(this.#client)
    this.#wake?.()
  }

  close(): void {
    this.#closed = true
    for (const subscriber of this.#subscribers) subscriber.reject(dataError("BN2204"))
    this.#subscribers.clear()
    this.#wake?.()
    if (this.#client !== undefined) destroyConnection(this.#client)
  }

  async #join(subscriber: Subscriber): Promise<void> {
    const client = this.#client
    if (client === undefined) return this.#connect()
    try {
      await this.#say(client, "listen", subscriber.channel)
      // Should the connection have changed meanwhile, the new one has seen the subscriber and activated it.
      if (client === this.#client) this.#activate(subscriber)
    } catch {
      // The connection is lost: its end is seen by #onEnd, which connects again and takes this subscriber along.
    }
  }

  async #leave(subscriber: Subscriber): Promise<void> {
    if (!this.#subscribers.delete(subscriber)) return
    const { channel } = subscriber
    const client = this.#client
    if (client === undefined || [...this.#subscribers].some(other => other.channel === channel)) return
    try {
      if (this.#subscribers.size === 0) await client.end()
      else await this.#say(client, "unlisten", channel)
    } catch {
      // A connection that is lost listens to nothing any more.
    }
  }

  async #connect(): Promise<void> {
    if (this.#connecting) return
    this.#connecting = true
    for (let attempt = 0; !this.#closed && this.#subscribers.size > 0; attempt++) {
      try {
        await this.#establish()
        break
      } catch (error) {
        if (attempt === 0) this.#options.log.error({ err: error }, "LISTEN is interrupted; trying again")
        await this.#pause(backoffMs(this.#options.random, attempt, retry.baseMs, retry.capMs))
      }
    }
    this.#connecting = false
    // Lost again while the last lines ran, or joined since.
    if (this.#client === undefined && !this.#closed && this.#subscribers.size > 0) void this.#connect()
  }

  async #establish(): Promise<void> {
    const client = await this.#options.open()
    client.on("notification", ({ channel, payload }) => this.#deliver(channel, payload ?? ""))
    client.on("error", () => this.#onEnd(client))
    client.on("end", () => this.#onEnd(client))
    const subscribers = [...this.#subscribers]
    try {
      for (const channel of new Set(subscribers.map(one => one.channel))) {
        await this.#say(client, "listen", channel)
      }
    } catch (error) {
      destroyConnection(client)
      throw error
    }
    if (this.#closed) return destroyConnection(client)
    this.#client = client
    for (const subscriber of subscribers) this.#activate(subscriber)
    for (const late of this.#subscribers) if (!subscribers.includes(late)) void this.#join(late)
  }

  /** One statement at a time: several may begin or end to listen at once. */
  async #say(client: pg.Client, verb: "listen" | "unlisten", channel: string): Promise<void> {
    const said = this.#said
      .catch(() => {})
      .then(() => client.query(`${verb} ${pg.escapeIdentifier(channel)}`))
    this.#said = said
    await said
  }

  #activate(subscriber: Subscriber): void {
    if (subscriber.active) this.#call(subscriber.onGap)
    subscriber.active = true
    subscriber.resolve()
  }

  #onEnd(client: pg.Client): void {
    if (client !== this.#client) return
    this.#client = undefined
    if (!this.#closed && this.#subscribers.size > 0) void this.#connect()
  }

  #deliver(channel: string, payload: string): void {
    for (const subscriber of this.#subscribers) {
      if (subscriber.channel === channel) this.#call(() => subscriber.onNotice(payload))
    }
  }

  /** One subscriber's mistake must not keep a notice from the others. */
  #call(callback: () => void): void {
    try {
      callback()
    } catch (error) {
      this.#options.log.error({ err: error }, "a LISTEN subscriber threw")
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise(resolve => {
      const cancel = this.#options.clock.after(delayMs, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}
