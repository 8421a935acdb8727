import { call } from "../api/call.ts"
import { readAllAgain } from "../api/lists.ts"
import type { User } from "../api/types.ts"
import { createStore } from "../store.ts"

/** Who reads: somebody, nobody (null), or not known yet. */
export const me = createStore<User | null | undefined>(undefined)

/** Set while an account is asked for; `next` is what the reader was about to do. */
export const signInAsked = createStore<{ readonly next: () => void } | null>(null)

type Answer = { readonly user: User | null }

export async function findMe(): Promise<void> {
  me.set((await call<Answer>("GET", "/api/me").catch(() => ({ user: null }))).user)
}

export async function enter(way: "login" | "signup", handle: string, password: string): Promise<void> {
  const { user } = await call<Answer>("POST", `/api/${way}`, { body: { handle, password } })
  become(user)
  const asked = signInAsked.get()
  signInAsked.set(null)
  asked?.next()
}

export async function leave(): Promise<void> {
  await call("POST", "/api/logout")
  become(null)
}

/** Does something that needs an account; asks for one first, also when the session has ended meanwhile. */
export function asSomebody(act: () => void): void {
  if (me.get()) act()
  else signInAsked.set({ next: act })
}

export function sessionEnded(next: () => void): void {
  become(null)
  signInAsked.set({ next })
}

function become(user: User | null): void {
  me.set(user)
  readAllAgain()
}
