import { useEffect, useState } from "react"
import { live, useIsLive } from "./live.ts"

const readDelayMs = 150

/** What `read` tells, read anew when an event of these types says that it may be another. `read` must stay the same. */
export function useReread<T>(read: () => Promise<T>, telling: ReadonlySet<string>): T | undefined {
  const [value, setValue] = useState<T>()
  const isLive = useIsLive()
  useEffect(() => {
    if (!isLive) return
    let timer = 0
    let asked = 0
    const again = () => {
      const turn = ++asked
      // Of two on the way at once the earlier may come last.
      return read().then(
        answer => turn === asked && setValue(answer),
        () => {},
      )
    }
    void again()
    const unsubscribe = live.onEvent(event => {
      if (!telling.has(event.type)) return
      clearTimeout(timer)
      timer = window.setTimeout(again, readDelayMs)
    })
    return () => {
      asked++
      clearTimeout(timer)
      unsubscribe()
    }
  }, [isLive, read, telling])
  return value
}
