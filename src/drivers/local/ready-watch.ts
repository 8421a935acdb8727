import type { DriverInstance } from "../driver.ts"
import type { Starters } from "./process-spec.ts"

export type ReadyWatchOptions = {
  readonly starters: Starters
  readonly onReady: (id: DriverInstance["id"]) => void
  readonly onFailed: (id: DriverInstance["id"], error: unknown) => void
}

type Watched = { readonly pid: number; readonly abort: AbortController; ready: boolean }

/** Readiness of what does not report (databases, programs): their starter looks, once for each life of a process. */
export class ReadyWatch {
  readonly #options: ReadyWatchOptions
  readonly #watched = new Map<string, Watched>()

  constructor(options: ReadyWatchOptions) {
    this.#options = options
  }

  isReady(instance: DriverInstance): boolean {
    const watched = this.#watched.get(instance.id)
    return instance.state !== "exited" && watched?.pid === instance.pid && watched?.ready === true
  }

  watch(instance: DriverInstance): void {
    const { id, group, pid } = instance
    const waitReady = this.#options.starters[group].waitReady
    if (waitReady === undefined || pid === undefined || this.#watched.get(id)?.pid === pid) return
    this.forget(id)
    const watched: Watched = { pid, abort: new AbortController(), ready: false }
    this.#watched.set(id, watched)
    waitReady(instance, pid, watched.abort.signal).then(
      () => {
        if (this.#watched.get(id) !== watched) return
        watched.ready = true
        this.#options.onReady(id)
      },
      error => {
        if (this.#watched.get(id) === watched) this.#options.onFailed(id, error)
      },
    )
  }

  forget(id: string): void {
    this.#watched.get(id)?.abort.abort()
    this.#watched.delete(id)
  }

  close(): void {
    for (const id of [...this.#watched.keys()]) this.forget(id)
  }
}
