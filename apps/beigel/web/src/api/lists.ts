import { useEffect } from "react"
import { createStore, type Store, useStore } from "../store.ts"
import { call, type Failure, failureOf } from "./call.ts"
import type { Page } from "./types.ts"

/** A list as far as it has been read. It is kept when the reader goes elsewhere, so that coming back changes nothing. */
export type List<T> = {
  readonly items: readonly T[]
  readonly nextCursor: string | null
  readonly state: "loading" | "ready" | "failed"
  readonly failure?: Failure | undefined
  readonly readAtMs: number
}

const KEPT_LISTS = 30
const FRESH_MS = 20_000

// biome-ignore lint/suspicious/noExplicitAny: lists of everything
const lists = new Map<string, Store<List<any>>>()
const empty: List<never> = { items: [], nextCursor: null, state: "loading", readAtMs: 0 }

/** The list at an API address without a cursor. */
export function listAt<T>(path: string): Store<List<T>> {
  const store: Store<List<T>> = lists.get(path) ?? createStore<List<T>>(empty)
  // The last one asked for is the last one forgotten.
  lists.delete(path)
  lists.set(path, store)
  for (const old of [...lists.keys()].slice(0, -KEPT_LISTS)) lists.delete(old)
  return store
}

/** Follows a list, and reads its beginning unless that was done a moment ago. */
export function useList<T>(path: string): List<T> {
  const store = listAt<T>(path)
  useEffect(() => {
    if (Date.now() - store.get().readAtMs > FRESH_MS) void refresh(path)
  }, [path, store])
  return useStore(store)
}

/** Reads a list from its beginning. What is shown stays until the answer is there. */
export async function refresh(path: string): Promise<void> {
  await read(path, undefined)
}

/** Reads on. Safe to call again and again: it does nothing while it is at it, or at the end. */
export async function readOn(path: string): Promise<void> {
  const { nextCursor, state } = listAt(path).get()
  if (nextCursor !== null && state !== "loading") await read(path, nextCursor)
}

/** Nobody's any more: who reads has changed, and with it what is theirs and what they like. */
export function readAllAgain(): void {
  for (const store of lists.values()) store.update(list => ({ ...list, readAtMs: 0 }))
  for (const path of [...lists.keys()]) void refresh(path)
}

/** The items that were read last, of whichever list. */
export const lastRead = createStore<readonly { readonly id: string }[]>([])

/** How many readings each list has seen begin: the answer to an earlier one is dropped. */
const begun = new WeakMap<object, number>()

async function read<T extends { id: string }>(path: string, cursor: string | undefined): Promise<void> {
  const store = listAt<T>(path)
  const nth = (begun.get(store) ?? 0) + 1
  begun.set(store, nth)
  const isLate = () => begun.get(store) !== nth
  store.update(list => ({ ...list, state: "loading", failure: undefined }))
  try {
    const more = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`
    const page = await call<Page<T>>("GET", path + more)
    if (isLate()) return
    lastRead.set(page.items)
    const before = cursor === undefined ? [] : store.get().items
    const known = new Set(before.map(item => item.id))
    const items = [...before, ...page.items.filter(item => !known.has(item.id))]
    store.set({ items, nextCursor: page.nextCursor, state: "ready", readAtMs: Date.now() })
  } catch (error) {
    if (!isLate()) store.update(list => ({ ...list, state: "failed", failure: failureOf(error) }))
  }
}
