import { Deadlines } from "./deadlines.ts"
import type { ConnectionCounts, LoadTarget } from "./load.ts"
import { type LoadPool, noConnections } from "./load-pool.ts"
import { LoadSession } from "./load-session.ts"
import { LoadStream } from "./load-stream.ts"

/** Over so many connections goes what needs none of its own: each has many requests on it at once, and lives long. */
const sharedCount = 4

/** The client's connections where it speaks HTTP/2: a few that are shared, each replaced when its server leaves. */
export class SessionPool implements LoadPool {
  readonly #target: LoadTarget
  readonly #protocol: "h2" | "h2c"
  readonly #deadlines = new Deadlines()
  readonly #shared: LoadSession[] = []
  readonly #all = new Set<LoadSession>()
  #turn = 0
  readonly #counts = noConnections()

  constructor(target: LoadTarget, protocol: "h2" | "h2c") {
    this.#target = target
    this.#protocol = protocol
  }

  get counts(): ConnectionCounts {
    return { ...this.#counts }
  }

  async openAhead(count: number): Promise<void> {
    const wanted = Math.min(count, sharedCount)
    while (this.#shared.length < wanted) this.#shared.push(this.#open())
    await Promise.all(this.#shared.map(session => session.begun()))
  }

  take(fresh: boolean): LoadStream {
    const session = fresh ? this.#open() : this.#nextShared()
    const nth = session.next()
    if (nth === 1) this.#counts.requestsOnNew++
    else this.#counts.requestsOnReused++
    return new LoadStream(session, nth, this.#deadlines)
  }

  give({ session }: LoadStream): void {
    if (!this.#shared.includes(session)) session.close()
  }

  destroy(): void {
    this.#deadlines.clear()
    for (const session of this.#all) session.destroy()
  }

  /** In turn; one whose server leaves finishes what is on it, beside its successor. */
  #nextShared(): LoadSession {
    const at = this.#turn++ % sharedCount
    const known = this.#shared[at]
    if (known?.usable) return known
    const session = this.#open()
    this.#shared[at] = session
    return session
  }

  #open(): LoadSession {
    this.#counts.opened++
    const session = new LoadSession(this.#target, this.#protocol, {
      leaveAnnounced: () => this.#counts.closeAnnounced++,
      idleEnd: how => {
        if (how === "closed") this.#counts.closedWhileIdle++
        else if (how === "reset") this.#counts.resetWhileIdle++
      },
      gone: ended => this.#all.delete(ended),
    })
    this.#all.add(session)
    return session
  }
}
