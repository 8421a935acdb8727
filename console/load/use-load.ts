import { useEffect } from "react"
import { api } from "../service/api.ts"
import { live, useIsLive } from "../service/live.ts"
import { useStore } from "../service/use-store.ts"
import { LoadChoice, type LoadShown } from "./load-choice.ts"

/** It outlives the panel: what was chosen there is told although the page is left. */
export const loadChoice = new LoadChoice({ start: api.startLoad, stop: api.stopLoad })

/** The load as every tab sees it: asked for at the beginning, then told each second. */
export function useLoad(): LoadShown {
  const isLive = useIsLive()
  useEffect(() => {
    if (!isLive) return
    let isHeard = false
    const unsubscribe = live.onEvent(event => {
      if (event.type !== "load") return
      isHeard = true
      loadChoice.hear(event.load)
    })
    // What was told meanwhile is newer than the answer.
    api.load().then(
      view => !isHeard && loadChoice.hear(view),
      () => {},
    )
    return unsubscribe
  }, [isLive])
  return useStore(loadChoice)
}
