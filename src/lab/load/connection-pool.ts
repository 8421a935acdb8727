import type { ConnectionCounts, LoadTarget } from "./load.ts"
import { LoadConnection } from "./load-connection.ts"

/** The client's connections: idle ones wait here for reuse, the longest idle first, so that none grows stale. */
export class ConnectionPool {
  readonly #target: LoadTarget
  readonly #maxIdle: number
  #idle: LoadConnection[] = []
  readonly #all = new Set<LoadConnection>()
  readonly #counts = {
    opened: 0,
    requestsOnNew: 0,
    requestsOnReused: 0,
    closeAnnounced: 0,
    closedWhileIdle: 0,
    resetWhileIdle: 0,
    unaskedBytes: 0,
  }

  constructor(target: LoadTarget, maxIdle: number) {
    this.#target = target
    this.#maxIdle = maxIdle
  }

  get counts(): ConnectionCounts {
    return { ...this.#counts }
  }

  /** A connection for one request: a fresh one if asked for or if none is idle. */
  take(fresh: boolean): LoadConnection {
    const reused = fresh ? undefined : this.#idle.shift()
    if (reused !== undefined) {
      this.#counts.requestsOnReused++
      return reused
    }
    this.#counts.opened++
    this.#counts.requestsOnNew++
    const connection: LoadConnection = new LoadConnection(this.#target, {
      closeAnnounced: () => this.#counts.closeAnnounced++,
      idleEnd: (ended, how) => {
        if (how === "closed") this.#counts.closedWhileIdle++
        else if (how === "reset") this.#counts.resetWhileIdle++
        else this.#counts.unaskedBytes++
        this.#idle = this.#idle.filter(other => other !== ended)
      },
      gone: ended => this.#all.delete(ended),
    })
    this.#all.add(connection)
    return connection
  }

  /** Its request is over. */
  give(connection: LoadConnection): void {
    if (!connection.reusable) return
    if (this.#idle.length < this.#maxIdle) this.#idle.push(connection)
    else connection.close()
  }

  destroy(): void {
    for (const connection of this.#all) connection.destroy()
    this.#idle = []
  }
}
