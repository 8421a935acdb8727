import { isLoopback, networkOf } from "../address-counts.ts"

/** What waits for a client of HTTP/1 that reads slowly: one read of its backend's answer. */
const bytesOfConnection = 64 * 1024

/** Answers that wait here for one connection's client, beside those for others of its address. */
export interface Unread {
  /** So many bytes more wait; fewer, where it is negative. */
  change(bytes: number): void
  /** More waits for its address than may. */
  readonly tooMuch: boolean
}

const uncounted: Unread = { change() {}, tooMuch: false }

/**
 * A client of HTTP/2 can leave a hundred answers unread on each of its connections. All of one address together may
 * leave as much here as it could by HTTP/1, where every connection has one. Loopback apart, as for connections.
 */
export class UnreadAnswers {
  readonly #most: number
  readonly #waiting = new Map<string, number>()

  constructor(maxConnectionsPerAddress: number) {
    this.#most = maxConnectionsPerAddress * bytesOfConnection
  }

  of(address: string): Unread {
    if (isLoopback(address)) return uncounted
    const network = networkOf(address)
    const waiting = this.#waiting
    const most = this.#most
    const bytesNow = () => waiting.get(network) ?? 0
    return {
      change(bytes) {
        const now = bytesNow() + bytes
        if (now > 0) waiting.set(network, now)
        else waiting.delete(network)
      },
      get tooMuch() {
        return bytesNow() > most
      },
    }
  }
}
