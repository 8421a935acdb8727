import { useEffect, useState } from "react"
import { useIsLive } from "./live.ts"

export type Polled<T> = { readonly value?: T | undefined; readonly error?: unknown }

/**
 * What `read` tells, asked again and again while the page is looked at and somebody answers. An answer belongs to the
 * `read` that was asked: whoever asks for something else keeps none of it.
 */
export function usePoll<T>(read: () => Promise<T>, everyMs: number): Polled<T> {
  const [polled, setPolled] = useState<Polled<T> & { readonly of: typeof read }>({ of: read })
  const isLive = useIsLive()
  useEffect(() => {
    if (!isLive) return
    let timer = 0
    let isOver = false
    const again = async () => {
      // A tab in the background costs the databases nothing.
      if (!document.hidden)
        await read().then(
          value => !isOver && setPolled({ of: read, value }),
          error =>
            !isOver && setPolled(({ of, value }) => ({ of: read, error, ...(of === read && { value }) })),
        )
      if (!isOver) timer = window.setTimeout(again, everyMs)
    }
    void again()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [isLive, read, everyMs])
  return polled.of === read ? polled : {}
}
