import type { Change } from "banyan/admin"
import { api } from "../service/api.ts"
import { Store } from "../service/store.ts"
import { useStore } from "../service/use-store.ts"

/** What can be done to one process: the first by a plan, the others as faults, whose mending is a plan as well. */
export const acts = {
  restart: { title: "Restart", words: "another process takes its place, live" },
  drain: { title: "Drain", words: "it leaves in order, and there is one fewer" },
  freeze: { title: "Freeze", words: "it stands still for a while, as if it hung" },
  thaw: { title: "Thaw", words: "it goes on where it stood" },
  kill: { title: "Kill", words: "as if its machine had lost power" },
} as const
export type Act = keyof typeof acts

/** Something that wants a second look before it is done. */
export type Asked =
  | { readonly type: "change"; readonly change: Change }
  | { readonly type: "freeze" | "kill"; readonly id: string }

const asked = new Store<Asked | undefined>(undefined)

/** Shows what would be done and asks; from anywhere on the console. */
export function ask(what: Asked | undefined): void {
  asked.set(what)
}

/** One of the acts, of this instance. What only lets it go on is done at once. */
export function askAct(act: Act, id: string): void {
  if (act === "restart" || act === "drain") ask({ type: "change", change: { type: act, id } })
  // Who has gone on or ended meanwhile needs no answer: the picture shows it.
  else if (act === "thaw") api.thaw(id).catch(() => {})
  else ask({ type: act, id })
}

export function useAsked(): Asked | undefined {
  return useStore(asked)
}
