import type { LoadTarget } from "../../load/load.ts"
import { type BeigelSession, beigelSession } from "./beigel-client.ts"
import { ask } from "./plain-http.ts"

/**
 * Users who write without a pause, one write after the other: the longest any of them waits is how long writes stood
 * still, measured where it is felt. Never retries.
 */
export class WriteProbe {
  readonly failed: string[] = []
  longestWaitMs = 0
  #acknowledged = 0
  #over = false
  #running: Promise<unknown> = Promise.resolve()
  readonly #target: LoadTarget

  private constructor(target: LoadTarget) {
    this.#target = target
  }

  static async start(target: LoadTarget, writers = 2): Promise<WriteProbe> {
    const probe = new WriteProbe(target)
    const users = await Promise.all(Array.from({ length: writers }, () => beigelSession(target)))
    probe.#running = Promise.all(users.map(user => probe.#write(user)))
    return probe
  }

  /** How many were acknowledged so far. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  /** After the answers that are awaited. */
  async stop(): Promise<void> {
    this.#over = true
    await this.#running
  }

  async #write({ origin, cookies, cafeId }: BeigelSession): Promise<void> {
    for (let nth = 1; !this.#over; nth++) {
      const startedMs = performance.now()
      const path = `/api/cafes/${cafeId}/posts`
      const body = { text: `probe ${nth}` }
      const fields = { origin, cookie: cookies.header }
      const asked = await ask(this.#target, { method: "POST", path, fields, body })
      cookies.keep(asked.setCookies)
      this.longestWaitMs = Math.max(this.longestWaitMs, performance.now() - startedMs)
      if (asked.status === 201) this.#acknowledged++
      else this.failed.push(`a write was answered with ${asked.status} ${asked.failure ?? asked.detail}`)
    }
  }
}
