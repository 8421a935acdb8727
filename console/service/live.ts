import type { EventView } from "banyan/admin"
import { useSyncExternalStore } from "react"
import { api, Refusal } from "./api.ts"
import { follow } from "./follow.ts"
import { setToken } from "./token.ts"
import { firstView, type View, withEvent, withState } from "./view.ts"

/** `locked`: the API wants another token. `away`: nobody answers; the service itself serves on. */
export type Connection = "connecting" | "live" | "away" | "locked"
export type Live = {
  readonly connection: Connection
  readonly awaySinceMs: number
  readonly view: View | undefined
}

/** Reads that several events ask for are one. */
const readDelayMs = 80

class LiveService {
  #live: Live = { connection: "connecting", awaySinceMs: 0, view: undefined }
  readonly #listeners = new Set<() => void>()
  readonly #heard = new Set<(event: EventView) => void>()
  #stop = new AbortController()
  #reading = false
  #frame = 0

  start(): void {
    this.#stop.abort()
    this.#stop = new AbortController()
    const { signal } = this.#stop
    void follow(
      {
        path: "/api/events",
        onOpen: () => this.#read(),
        onData: data => this.#hear(JSON.parse(data)),
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

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Every event, as it comes. */
  onEvent(listener: (event: EventView) => void): () => void {
    this.#heard.add(listener)
    return () => this.#heard.delete(listener)
  }

  async #read(): Promise<void> {
    try {
      const state = await api.state()
      const { view } = this.#live
      if (view !== undefined) return this.#set({ view: withState(view, state) })
      const { samples } = await api.history()
      this.#set({ view: firstView(state, samples) })
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) this.#connected("locked")
      throw error
    }
  }

  #hear(event: EventView): void {
    const { view } = this.#live
    if (view === undefined) return
    const next = withEvent(view, event)
    this.#set({ view: next.view })
    for (const listener of this.#heard) listener(event)
    if (next.needsState && !this.#reading) {
      this.#reading = true
      setTimeout(() => {
        this.#reading = false
        void this.#read().catch(() => {})
      }, readDelayMs)
    }
  }

  #connected(connection: Connection): void {
    if (connection === this.#live.connection) return
    this.#set({ connection, awaySinceMs: connection === "away" ? Date.now() : 0 })
  }

  /** However many events come, the page is drawn once a frame. */
  #set(change: Partial<Live>): void {
    this.#live = { ...this.#live, ...change }
    if (this.#frame !== 0) return
    const tell = () => {
      this.#frame = 0
      for (const listener of [...this.#listeners]) listener()
    }
    // A tab in the background gets no frames; it is told when it is looked at again.
    this.#frame = requestAnimationFrame(tell)
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
