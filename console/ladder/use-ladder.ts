import type { LadderView } from "banyan/admin"
import { useEffect, useState } from "react"
import { api } from "../service/api.ts"
import { useIsLive, useLive } from "../service/live.ts"

/** Read anew whenever the service has settled somewhere: then what was measured may have changed. */
export function useLadder(): LadderView | undefined {
  const [ladder, setLadder] = useState<LadderView>()
  const settled = useLive(({ view }) => `${view?.state.stage} ${view?.state.settled}`)
  const isLive = useIsLive()
  // biome-ignore lint/correctness/useExhaustiveDependencies: these say when to read
  useEffect(() => {
    if (isLive) api.ladder().then(setLadder, () => {})
  }, [settled, isLive])
  return ladder
}
