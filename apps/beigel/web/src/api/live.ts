import { useEffect, useRef } from "react"
import type { Point } from "../map/projection.ts"
import { pointQuery } from "./call.ts"
import type { Post } from "./types.ts"

type Handlers = {
  onPost(post: Post): void
  onEdit(post: Post): void
  onDelete(id: string): void
  /** Something may have been missed. */
  onGap(): void
}

const LONGEST_WAIT_MS = 30_000

/**
 * Follows what is written near a point. The browser comes back by itself when the stream ends; only when it has given
 * up (an answer that is no stream) a new one is begun.
 */
export function useLive(point: Point, handlers: Handlers): void {
  const latest = useRef(handlers)
  useEffect(() => {
    latest.current = handlers
  })
  const query = pointQuery(point)
  useEffect(() => {
    let source: EventSource
    let timer: ReturnType<typeof setTimeout> | undefined
    let waitMs = 1000
    const begin = () => {
      source = new EventSource(`/api/feed/live?${query}`)
      const on = (kind: string, act: (data: Post) => void) =>
        source.addEventListener(kind, event => act(JSON.parse((event as MessageEvent<string>).data)))
      on("post", post => latest.current.onPost(post))
      on("edit", post => latest.current.onEdit(post))
      on("delete", post => latest.current.onDelete(post.id))
      on("gap", () => latest.current.onGap())
      source.onopen = () => {
        waitMs = 1000
      }
      source.onerror = () => {
        if (source.readyState !== EventSource.CLOSED) return
        timer = setTimeout(begin, waitMs)
        waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)
      }
    }
    begin()
    return () => {
      clearTimeout(timer)
      source.close()
    }
  }, [query])
}
