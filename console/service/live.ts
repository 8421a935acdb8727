import type { EventView, InstanceView } from "banyan/admin"
import { useRef, useSyncExternalStore } from "react"
import { api, Refusal } from "./api.ts"
import { follow } from "./follow.ts"
import { Listeners } from "./listeners.ts"
import { setToken } from "./token.ts"
import {
  caughtUp,
  firstView,
  type NumberedEvent,
  type View,
  withEvent,
  withSamples,
  withState,
} from "./view.ts"

/** `locked`: the API wants another token. `away`: nobody answers; the service itself serves on. */
export type Connection = "connecting" | "live" | "away" | "locked"
export type Live = {
  readonly connection: Connection
  readonly awaySinceMs: number
  readonly view: View | undefined
}

/** What happens alone is drawn in the next frame; of what happens at once, no more than four pictures a second. */
const tellEveryMs = 250
/** Reads that several events ask for are one. */
const readDelayMs = 80
/** More than are heard while a state is on its way. */
const recentEvents = 200

class LiveService {
  #live: Live = { connection: "connecting", awaySinceMs: 0, view: undefined }
  readonly #listeners = new Listeners()
  readonly #heard = new Listeners<EventView>()
  #stop = new AbortController()
  #reading = false
  #recent: readonly NumberedEvent[] = []
  #missesSamples = false
  #willTell = false
  #toldAtMs = 0

  start(): void {
    this.#stop.abort()
    this.#stop = new AbortController()
    const { signal } = this.#stop
    void follow(
      {
        path: "/api/events",
        onOpen: async () => {
          await this.#read(this.#live.view === undefined)
          return this.#live.view?.state.seq?.toString()
        },
        onData: (data, id) => this.#hear({ seq: Number(id), event: JSON.parse(data) }),
        onStatus: connection => this.#connected(connection),
      },
      signal,
    )
  }

  unlock(token: string): void {
    setToken(token)
    this.#set({ connection: "connecting" })
    this.start()
  }

  readonly get = (): Live => this.#live

  readonly subscribe = this.#listeners.add

  /** Every event, as it comes. */
  readonly onEvent = this.#heard.add

  /** `missesSamples`: events are lost, so that the samples they told must be read, too. */
  async #read(missesSamples: boolean): Promise<void> {
    try {
      const read = await api.state()
      const { samples } = missesSamples ? await api.history() : { samples: [] }
      const { view } = this.#live
      const state = caughtUp(read, this.#recent)
      this.#set({
        view: view === undefined ? firstView(state, samples) : withSamples(withState(view, state), samples),
      })
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) this.#connected("locked")
      throw error
    }
  }

  #hear(numbered: NumberedEvent): void {
    const { view } = this.#live
    if (view === undefined) return
    const { event } = numbered
    // After a gap they may be another control plane's.
    this.#recent = event.type === "gap" ? [] : [...this.#recent.slice(-recentEvents), numbered]
    const next = withEvent(view, event)
    this.#set({ view: next.view })
    this.#heard.tell(event)
    this.#missesSamples ||= event.type === "gap"
    if (next.needsState && !this.#reading) {
      this.#reading = true
      setTimeout(() => {
        const missesSamples = this.#missesSamples
        this.#reading = false
        this.#missesSamples = false
        void this.#read(missesSamples).catch(() => {})
      }, readDelayMs)
    }
  }

  #connected(connection: Connection): void {
    if (connection === this.#live.connection) return
    this.#set({ connection, awaySinceMs: connection === "away" ? Date.now() : 0 })
  }

  /** However many events come, the page is drawn no more often than anybody reads. */
  #set(change: Partial<Live>): void {
    this.#live = { ...this.#live, ...change }
    if (this.#willTell) return
    this.#willTell = true
    const tell = () => {
      this.#willTell = false
      this.#toldAtMs = performance.now()
      this.#listeners.tell()
    }
    // A tab in the background gets no frames; it is told when it is looked at again.
    const tellInFrame = () => requestAnimationFrame(tell)
    const waitMs = this.#toldAtMs + tellEveryMs - performance.now()
    if (waitMs > 0) setTimeout(tellInFrame, waitMs)
    else tellInFrame()
  }
}

export const live = new LiveService()

/** A part of what is known; drawn again when that part changes. `pick` must return what is there, not make it anew. */
export function useLive<T>(pick: (live: Live) => T): T {
  return useSyncExternalStore(live.subscribe, () => pick(live.get()))
}

/** The same, of a service that is known; pages are drawn only then. */
export function useView<T>(pick: (view: View) => T): T {
  return useLive(({ view }) => pick(view!))
}

/** What `make` makes of the service; drawn again when one of its fields is another. */
export function useMade<T extends object | undefined>(make: (view: View) => T): T {
  const made = useRef<T>(undefined)
  return useView(view => {
    const next = make(view)
    if (!isSame(made.current, next)) made.current = next
    return made.current as T
  })
}

function isSame<T extends object>(a: T | undefined, b: T | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  const names = Object.keys(b) as (keyof T)[]
  return names.length === Object.keys(a).length && names.every(name => Object.is(a[name], b[name]))
}

/** Undefined: it does not run. */
export function useInstance(id: string): InstanceView | undefined {
  return useView(({ state }) => state.instances.find(each => each.id === id))
}

/** Whether the control plane answers. */
export function useIsLive(): boolean {
  return useLive(({ connection }) => connection === "live")
}
