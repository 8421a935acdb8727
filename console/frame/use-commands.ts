import { useMemo } from "react"
import { ask } from "../actions/asked.ts"
import { useLive } from "../service/live.ts"
import { pages } from "./pages.ts"
import type { Command } from "./palette-match.ts"
import { go } from "./router.ts"
import { nextTheme } from "./theme.ts"

/** Pages, changes, and every instance with what can be done to it. */
export function useCommands(): readonly Command[] {
  const instances = useLive(({ view }) => view?.state.instances)
  return useMemo(() => {
    const ids = (instances ?? []).map(({ id }) => id)
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
        run: () => go(`/logs?of=${id}`),
      })),
      ...ids.map(id => ({
        title: `Kill ${id}`,
        hint: "as if its machine had lost power",
        run: () => ask({ type: "signal", id, act: "kill" }),
      })),
    ] satisfies Command[]
  }, [instances])
}
