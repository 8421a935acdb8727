import type { LoadView } from "banyan/admin"
import { useEffect, useState } from "react"
import { api } from "../service/api.ts"
import { live, useIsLive } from "../service/live.ts"

/** The load as every tab sees it: asked for at the beginning, then told each second. */
export function useLoad(): LoadView | undefined {
  const [load, setLoad] = useState<LoadView>()
  const isLive = useIsLive()
  useEffect(() => {
    if (!isLive) return
    let isHeard = false
    const unsubscribe = live.onEvent(event => {
      if (event.type !== "load") return
      isHeard = true
      setLoad(event.load)
    })
    // What was told meanwhile is newer than the answer.
    api.load().then(
      view => !isHeard && setLoad(view),
      () => {},
    )
    return unsubscribe
  }, [isLive])
  return load
}
