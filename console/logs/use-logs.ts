import { useEffect, useState } from "react"
import { type Refusal, refusalOf } from "../service/api.ts"
import { follow } from "../service/follow.ts"
import { useLive } from "../service/live.ts"
import { useStore } from "../service/use-store.ts"
import { LogStore, type Shown } from "./log-store.ts"

/** Whoever types a word does not want the lines of its first letter. */
const settleMs = 250

export type LogStream = {
  readonly store: LogStore
  readonly shown: Shown
  readonly status: "connecting" | "live" | "away" | "locked"
  /** Why the API gives no lines. */
  readonly refusal: Refusal | undefined
}

/** The lines that fit a query of GET /api/logs, what is there and what comes. */
export function useLogs(query: string): LogStream {
  const [store] = useState(() => new LogStore())
  const [status, setStatus] = useState<LogStream["status"]>("connecting")
  const [refusal, setRefusal] = useState<Refusal>()
  const isLocked = useLive(({ connection }) => connection === "locked")
  const [settled, setSettled] = useState(query)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(query), settleMs)
    return () => clearTimeout(timer)
  }, [query])
  useEffect(() => {
    if (isLocked) return
    const stop = new AbortController()
    store.reset()
    setRefusal(undefined)
    setStatus("connecting")
    const told = {
      path: `/api/logs?${settled}`,
      onData: (data: string) => store.push(JSON.parse(data)),
      onStatus(now: LogStream["status"]) {
        if (now === "live") setRefusal(undefined)
        setStatus(now)
      },
      onTrouble: (error: unknown) => setRefusal(refusalOf(error)),
    }
    void follow(told, stop.signal)
    return () => stop.abort()
  }, [settled, isLocked, store])
  return { store, shown: useStore(store), status, refusal }
}
