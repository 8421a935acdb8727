import { useMemo } from "react"
import { actsOf } from "../actions/act-buttons.tsx"
import { acts, ask, askAct } from "../actions/asked.ts"
import { logsAt } from "../logs/filter.ts"
import { useLive } from "../service/live.ts"
import { pages } from "./pages.ts"
import type { Command } from "./palette-match.ts"
import { go } from "./router.ts"
import { nextTheme } from "./theme.ts"

/** Pages, changes, and every instance with what can be done to it. */
export function useCommands(): readonly Command[] {
  const instances = useLive(({ view }) => view?.state.instances)
  return useMemo(() => {
    const known = instances ?? []
    const ids = known.map(({ id }) => id)
    return [
      ...pages.map(({ path, title, words }) => ({ title, hint: words, run: () => go(path) })),
      { title: "Grow", hint: "one stage up", run: () => ask({ type: "change", change: { type: "grow" } }) },
      {
        title: "Shrink",
        hint: "one stage down",
        run: () => ask({ type: "change", change: { type: "shrink" } }),
      },
      { title: "Theme", hint: "system, light, dark", run: nextTheme },
      ...ids.map(id => ({ title: id, hint: "open this instance", run: () => go(`/instances/${id}`) })),
      ...ids.map(id => ({
        title: `Logs of ${id}`,
        hint: "its lines alone",
        run: () => go(logsAt({ of: id })),
      })),
      ...known.flatMap(instance =>
        actsOf(instance).map(act => ({
          title: `${acts[act].title} ${instance.id}`,
          hint: acts[act].words,
          run: () => askAct(act, instance.id),
        })),
      ),
    ] satisfies Command[]
  }, [instances])
}
