import { useEffect, useRef, useState } from "react"
import { call } from "../api/call.ts"
import type { Cluster } from "../api/types.ts"
import { boxOf, type Camera } from "./camera.ts"

/** A map that is being moved asks once it rests. */
const REST_MS = 120

/** The cafés around what is seen. While others are asked for, the ones before stay. */
export function useClusters(camera: Camera | undefined): readonly Cluster[] {
  const [clusters, setClusters] = useState<readonly Cluster[]>([])
  const isFirst = useRef(true)
  const query = camera === undefined ? undefined : queryOf(camera)
  useEffect(() => {
    if (query === undefined) return
    const abort = new AbortController()
    const ask = () =>
      call<{ items: readonly Cluster[] }>("GET", `/api/cafes/clusters?${query}`, { signal: abort.signal })
        .then(({ items }) => setClusters(items))
        .catch(() => {
          // Nobody waits any more, or there is no network: the page says that elsewhere.
        })
    const timer = setTimeout(ask, isFirst.current ? 0 : REST_MS)
    isFirst.current = false
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [query])
  return clusters
}

function queryOf(camera: Camera): string {
  const box = Object.entries(boxOf(camera)).map(([side, degrees]) => [side, degrees.toFixed(5)])
  return new URLSearchParams(box).toString()
}
