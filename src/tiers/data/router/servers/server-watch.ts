import pg from "pg"
import type { Clock } from "../../../../kit/clock.ts"
import { backoffMs, type Random } from "../../../../kit/random.ts"
import { destroyConnection, openConnection } from "../../postgres/connection.ts"
import type { ServerPlace } from "./server-place.ts"
import { type ServerStatus, type StatusRow, statusOf, statusQuery } from "./server-status.ts"

export type WatchOptions = {
  readonly place: ServerPlace
  readonly clock: Clock
  readonly random: Random
  /** Between two looks while all is well. */
  readonly everyMs: number
  /** A server that says nothing for so long hangs. */
  readonly hungAfterMs: number
  /** It was asked, and should have answered by now. What comes next is a status, or silence. */
  readonly onQuiet: () => void
  readonly onStatus: (status: ServerStatus) => void
  /** It does not answer; `hung`: it does not even refuse. */
  readonly onSilence: (reason: unknown, hung: boolean) => void
}

/** Between two tries to reach a server that is away. */
const retry = { baseMs: 20, capMs: 500 }

/** An answer is a fraction of a millisecond's work; later than this others are better asked. */
const quietAfterMs = 200

/** To log in takes longer than to answer, on a busy machine much longer. */
const loginMs = 5000

class Hung extends Error {}

/** Asks one server again and again who it is and how far it has come, over a connection of its own. */
export class ServerWatch {
  readonly #options: WatchOptions
  #client: pg.Client | undefined
  /** Why its connection broke, as it was told first. */
  #broke: unknown
  #wake: (() => void) | undefined
  #failures = 0
  /** Counts the times it asked: a connection that comes after its turn is nobody's. */
  #turn = 0
  #closed = false

  constructor(options: WatchOptions) {
    this.#options = options
    void this.#watch()
  }

  /** Something happened: do not wait for the next turn. */
  askNow(): void {
    this.#wake?.()
  }

  close(): void {
    this.#closed = true
    this.#drop()
    this.#wake?.()
  }

  async #watch(): Promise<void> {
    const { random, everyMs, onStatus, onSilence } = this.#options
    while (!this.#closed) {
      try {
        const status = await this.#ask()
        this.#failures = 0
        if (!this.#closed) onStatus(status)
      } catch (error) {
        this.#drop()
        this.#failures++
        if (!this.#closed) onSilence(error, error instanceof Hung)
      }
      const pauseMs =
        this.#failures === 0 ? everyMs : backoffMs(random, this.#failures, retry.baseMs, retry.capMs)
      if (!this.#closed) await this.#pause(pauseMs)
    }
  }

  async #ask(): Promise<ServerStatus> {
    const { place, clock } = this.#options
    const hungAfterMs =
      this.#client === undefined ? Math.max(loginMs, this.#options.hungAfterMs) : this.#options.hungAfterMs
    let disarm = () => {}
    const disarmQuiet = clock.after(quietAfterMs, this.#options.onQuiet)
    const late = new Promise<never>((_, reject) => {
      disarm = clock.after(hungAfterMs, () => reject(new Hung(`it said nothing for ${hungAfterMs} ms`)))
    })
    this.#turn++
    const asking = this.#query()
    // Whichever comes second has nobody who waits for it.
    asking.catch(() => {})
    late.catch(() => {})
    try {
      return await Promise.race([asking, late])
    } catch (error) {
      throw error instanceof Hung ? new Hung(`${place.name}: ${error.message}`) : error
    } finally {
      disarm()
      disarmQuiet()
    }
  }

  async #query(): Promise<ServerStatus> {
    const client = this.#client ?? (await this.#connect())
    try {
      const { rows } = await client.query<StatusRow>(statusQuery)
      return statusOf(rows[0] as StatusRow)
    } catch (error) {
      // What the server said itself is told before what its connection's end looks like from here.
      throw error instanceof pg.DatabaseError ? error : (this.#broke ?? error)
    }
  }

  async #connect(): Promise<pg.Client> {
    const { place } = this.#options
    const turn = this.#turn
    const client = await openConnection(place.address, place.credentials, "banyan watch")
    client.on("error", error => {
      if (client === this.#client) this.#broke ??= error
    })
    if (this.#closed || turn !== this.#turn) {
      destroyConnection(client)
      throw new Error("nobody waits for it any more")
    }
    this.#client = client
    this.#broke = undefined
    // A connection that ends by itself is news: the server went.
    client.on("end", () => this.askNow())
    return client
  }

  #drop(): void {
    const client = this.#client
    this.#client = undefined
    if (client !== undefined) destroyConnection(client)
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const cancel = this.#options.clock.after(ms, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}
