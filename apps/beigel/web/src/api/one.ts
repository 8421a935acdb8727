import { useEffect, useState } from "react"
import { call, type Failure, failureOf } from "./call.ts"

const kept = new Map<string, unknown>()

/** One thing of the API. What was read before is shown at once, and read again behind it. */
export function useOne<T>(path: string): {
  value: T | undefined
  failure: Failure | undefined
  again: () => void
} {
  const [, redraw] = useState(0)
  const [failed, setFailed] = useState<{ path: string; failure: Failure }>()
  const [nth, setNth] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another `nth` reads the same again
  useEffect(() => {
    const abort = new AbortController()
    call<T>("GET", path, { signal: abort.signal })
      .then(value => {
        kept.set(path, value)
        setFailed(undefined)
        redraw(count => count + 1)
      })
      .catch(error => {
        if (!abort.signal.aborted) setFailed({ path, failure: failureOf(error) })
      })
    return () => abort.abort()
  }, [path, nth])
  const failure = failed?.path === path ? failed.failure : undefined
  return { value: kept.get(path) as T | undefined, failure, again: () => setNth(nth + 1) }
}
