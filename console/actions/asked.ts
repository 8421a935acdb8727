import type { Change } from "banyan/admin"
import { useSyncExternalStore } from "react"

/** What can be done to one process: the fault API by its signals; the planner mends what follows. */
export const acts = {
  kill: {
    title: "Kill",
    signal: "SIGKILL",
    words: "Its process ends at once, as if its machine had lost power. Banyan notices and mends it.",
  },
  freeze: {
    title: "Freeze",
    signal: "SIGSTOP",
    words: "It stands still and answers nobody, as a process that hangs. Who hangs too long is replaced.",
  },
  thaw: { title: "Thaw", signal: "SIGCONT", words: "A frozen process goes on where it stood." },
  restart: {
    title: "Restart",
    signal: "SIGTERM",
    words:
      "It is asked to end in order: it finishes what it has, leaves, and another one is started in its place.",
  },
} as const
export type Act = keyof typeof acts

/** Something that wants a second look before it is done. */
export type Asked =
  | { readonly type: "change"; readonly change: Change }
  | { readonly type: "signal"; readonly id: string; readonly act: Act }

let asked: Asked | undefined
const listeners = new Set<() => void>()

/** Shows what would be done and asks; from anywhere on the console. */
export function ask(what: Asked | undefined): void {
  asked = what
  for (const listener of listeners) listener()
}

export function useAsked(): Asked | undefined {
  return useSyncExternalStore(
    listener => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => asked,
  )
}
