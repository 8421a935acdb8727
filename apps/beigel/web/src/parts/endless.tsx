import { type ReactNode, useEffect, useRef } from "react"
import { type List, readOn, refresh } from "../api/lists.ts"
import { useWords } from "../words/words.ts"
import { Problem, Skeleton } from "./notice.tsx"

type Props<T> = {
  readonly path: string
  readonly list: List<T>
  readonly label: string
  readonly kind: "row" | "card"
  readonly draw: (item: T) => ReactNode
  /** Shown when there is nothing. */
  readonly empty: ReactNode
  readonly end?: string
}

/** A list that reads on by itself as its end comes into sight, and by a button for those who do not scroll. */
export function Endless<T extends { id: string }>({ path, list, label, kind, draw, empty, end }: Props<T>) {
  const { items, nextCursor, state, failure } = list
  if (items.length === 0) {
    if (state === "failed") return <Problem failure={failure!} onAgain={() => void refresh(path)} />
    return state === "loading" ? <Skeleton kind={kind} /> : empty
  }
  return (
    <>
      <ul className={`list ${kind}s`} aria-label={label} aria-busy={state === "loading"}>
        {items.map(item => draw(item))}
      </ul>
      {state === "failed" ? (
        <Problem
          failure={failure!}
          onAgain={() => void (nextCursor === null ? refresh(path) : readOn(path))}
        />
      ) : nextCursor !== null ? (
        <More path={path} isLoading={state === "loading"} />
      ) : (
        end !== undefined && <p className="list-end quiet">{end}</p>
      )}
    </>
  )
}

function More({ path, isLoading }: { path: string; isLoading: boolean }) {
  const words = useWords()
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (isLoading) return
    // Two screens ahead: mostly it is there before anybody gets to it.
    const observer = new IntersectionObserver(
      entries => entries.some(entry => entry.isIntersecting) && void readOn(path),
      { rootMargin: "0px 0px 200% 0px" },
    )
    observer.observe(button.current!)
    return () => observer.disconnect()
  }, [path, isLoading])
  return (
    <button
      ref={button}
      type="button"
      className="button more"
      disabled={isLoading}
      onClick={() => void readOn(path)}
    >
      {isLoading ? words.loading : words.showMore}
    </button>
  )
}
