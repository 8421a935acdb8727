import { Deadlines } from "./deadlines.ts"
import { requestEncoder } from "./encode-request.ts"
import type { ConnectionCounts, LoadTarget } from "./load.ts"
import { type IdleEnd, LoadConnection, type LoadConnectionContext } from "./load-connection.ts"
import { type LoadPool, noConnections } from "./load-pool.ts"

/** The client's connections: idle ones wait here for reuse, the longest idle first, so that none grows stale. */
export class ConnectionPool implements LoadPool {
  readonly #context: LoadConnectionContext
  readonly #deadlines = new Deadlines()
  readonly #maxIdle: number
  #idle: LoadConnection[] = []
  readonly #all = new Set<LoadConnection>()
  readonly #counts = noConnections()

  constructor(target: LoadTarget, maxIdle: number) {
    this.#maxIdle = maxIdle
    this.#context = {
      target,
      deadlines: this.#deadlines,
      encode: requestEncoder(target),
      events: {
        closeAnnounced: () => this.#counts.closeAnnounced++,
        idleEnd: (ended, how) => this.#idleEnded(ended, how),
        gone: ended => this.#all.delete(ended),
      },
    }
  }

  get counts(): ConnectionCounts {
    return { ...this.#counts }
  }

  async openAhead(count: number): Promise<void> {
    const ahead = Array.from({ length: count }, () => this.#open())
    this.#idle.push(...ahead)
    await Promise.all(ahead.map(connection => connection.begun()))
  }

  take(fresh: boolean): LoadConnection {
    const connection = (fresh ? undefined : this.#idle.shift()) ?? this.#open()
    if (connection.sent === 0) this.#counts.requestsOnNew++
    else this.#counts.requestsOnReused++
    return connection
  }

  give(connection: LoadConnection): void {
    if (!connection.reusable) return
    if (this.#idle.length < this.#maxIdle) this.#idle.push(connection)
    else connection.close()
  }

  destroy(): void {
    this.#deadlines.clear()
    for (const connection of this.#all) connection.destroy()
    this.#idle = []
  }

  #open(): LoadConnection {
    this.#counts.opened++
    const connection = new LoadConnection(this.#context)
    this.#all.add(connection)
    return connection
  }

  #idleEnded(ended: LoadConnection, how: IdleEnd): void {
    if (how === "closed") this.#counts.closedWhileIdle++
    else if (how === "reset") this.#counts.resetWhileIdle++
    else if (how === "unasked") this.#counts.unaskedBytes++
    this.#idle = this.#idle.filter(other => other !== ended)
  }
}
