import type { TimelineView } from "banyan/admin"
import { useEffect, useState } from "react"
import { api } from "./api.ts"
import { live, useLive } from "./live.ts"

const readDelayMs = 150
const telling: ReadonlySet<string> = new Set(["plan", "gone", "databases", "gap"])

/** What happened, read anew when something more did. */
export function useTimeline(): TimelineView | undefined {
  const [timeline, setTimeline] = useState<TimelineView>()
  const connection = useLive(each => each.connection)
  useEffect(() => {
    if (connection !== "live") return
    let timer = 0
    const read = () => api.timeline().then(setTimeline, () => {})
    void read()
    const unsubscribe = live.onEvent(event => {
      if (!telling.has(event.type)) return
      clearTimeout(timer)
      timer = window.setTimeout(read, readDelayMs)
    })
    return () => {
      clearTimeout(timer)
      unsubscribe()
    }
  }, [connection])
  return timeline
}
