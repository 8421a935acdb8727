import type { ReactNode } from "react"
import type { Failure } from "../api/call.ts"
import { reasonOf, useWords } from "../words/words.ts"
import { Mark } from "./icons.tsx"

/** Nothing to show: what it means, and what one can do. */
export function Empty({ title, hint, children }: { title: string; hint?: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <Mark />
      <p className="empty-title">{title}</p>
      {hint !== undefined && <p className="quiet">{hint}</p>}
      {children}
    </div>
  )
}

/** Something did not work: why, and a way to try again. */
export function Problem({ failure, onAgain }: { failure: Failure; onAgain?: () => void }) {
  const words = useWords()
  return (
    <div className="problem" role="alert">
      <p>{reasonOf(failure, words)}</p>
      {onAgain !== undefined && (
        <button type="button" className="button" onClick={onAgain}>
          {words.tryAgain}
        </button>
      )}
    </div>
  )
}

/** The shape of what is about to come. */
export function Skeleton({ kind }: { kind: "row" | "card" }) {
  const words = useWords()
  return (
    <div className="skeletons" role="status" aria-label={words.loading}>
      {["a", "b", "c", "d", "e"].map(row => (
        <div key={row} className={`skeleton ${kind}`} aria-hidden="true">
          <span className="bar wide" />
          <span className="bar" />
        </div>
      ))}
    </div>
  )
}
