import { useLive } from "../service/live.ts"
import { duration } from "../words/numbers.ts"
import { useNowMs } from "./use-now.ts"

/** How the page stands with the control plane, in words and always in sight. */
export function Status() {
  const connection = useLive(each => each.connection)
  const awaySinceMs = useLive(each => each.awaySinceMs)
  const settled = useLive(each => each.view?.state.settled)
  const plan = useLive(each => each.view?.state.plan ?? null)
  const trouble = useLive(each => each.view?.state.trouble)
  if (connection === "away") return <Away sinceMs={awaySinceMs} />
  if (connection !== "live")
    return <Pill kind="quiet" words={connection === "locked" ? "locked" : "connecting"} />
  if (trouble) return <Pill kind="bad" words={trouble.message} />
  if (plan !== null)
    return (
      <Pill kind="busy" words={plan.state === "undoing" ? `taking back ${plan.trigger}` : plan.trigger} />
    )
  return settled ? <Pill kind="good" words="settled" /> : <Pill kind="busy" words="settling" />
}

function Pill({ kind, words }: { kind: string; words: string }) {
  return (
    <p className={`pill ${kind}`} role="status">
      <span className="dot" />
      <span className="clip">{words}</span>
    </p>
  )
}

function Away({ sinceMs }: { sinceMs: number }) {
  const nowMs = useNowMs()
  return (
    <p className="pill bad" role="status">
      <span className="dot" />
      disconnected for {duration(Math.max(0, nowMs - sinceMs))}, retrying
    </p>
  )
}
