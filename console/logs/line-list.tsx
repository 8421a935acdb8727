import { fieldsOf, type LogFields, plainWords, requestIdIn, wordsOf } from "banyan/log-line"
import { memo, useLayoutEffect, useRef, useState } from "react"
import { Link } from "../frame/link.tsx"
import { preciseTime } from "../words/numbers.ts"
import { logsAt } from "./filter.ts"
import { followsAfter, windowOf } from "./list-window.ts"
import type { Row, Shown } from "./log-store.ts"
import { missingWords, moreWords, mostLetters } from "./log-words.ts"

const rowHeight = 24

type Props = {
  readonly shown: Shown
  readonly follows: boolean
  readonly onFollow: (follows: boolean) => void
  readonly open: number | undefined
  readonly onOpen: (row: Row) => void
}

/** A hundred thousand rows of one height, of which those in sight are drawn. */
export function LineList({ shown, follows, onFollow, open, onOpen }: Props) {
  const view = useRef<HTMLElement>(null)
  const [place, setPlace] = useState({ top: 0, height: 0 })
  const before = useRef({ top: 0, dropped: 0 })
  const { rows, dropped } = shown
  useLayoutEffect(() => {
    const measure = () => setPlace(({ top }) => ({ top, height: view.current!.clientHeight }))
    const observer = new ResizeObserver(measure)
    observer.observe(view.current!)
    return () => observer.disconnect()
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: with every change of what is shown
  useLayoutEffect(() => {
    const list = view.current!
    const gone = dropped - before.current.dropped
    before.current.dropped = dropped
    if (follows) list.scrollTop = list.scrollHeight
    // What one reads stays where it is while lines leave above it.
    else if (gone > 0) list.scrollTop -= gone * rowHeight
    if (follows || gone > 0) before.current.top = list.scrollTop
  }, [shown, follows, place.height])
  const scrolled = () => {
    const { scrollTop: top, clientHeight: viewHeight, scrollHeight: height } = view.current!
    const next = followsAfter(follows, before.current.top, { top, viewHeight, height })
    before.current.top = top
    setPlace({ top, height: viewHeight })
    if (next !== follows) onFollow(next)
  }
  const { first, end } = windowOf(rows.length, rowHeight, place.top, place.height)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys
    <section ref={view} className="lines" aria-label="Lines" tabIndex={0} onScroll={scrolled}>
      <ol style={{ height: rows.length * rowHeight }}>
        {rows.slice(first, end).map((row, nth) => (
          <Line key={row.key} row={row} at={first + nth} isOpen={row.key === open} onOpen={onOpen} />
        ))}
      </ol>
    </section>
  )
}

type LineProps = { row: Row; at: number; isOpen: boolean; onOpen: (row: Row) => void }

const Line = memo(function Line({ row, at, isOpen, onOpen }: LineProps) {
  const style = { transform: `translateY(${at * rowHeight}px)` }
  if (!("line" in row))
    return (
      <li className="missing" style={style}>
        {missingWords(row)}
      </li>
    )
  const { id, line, level = "", at: atMs } = row.line
  const [time, milliseconds] = atMs === undefined ? ["–", ""] : preciseTime(atMs).split(/(?=\.)/)
  const fields = fieldsOf(line)
  const request = fields && requestIdIn(fields)
  const words = fields === undefined ? plainWords(line) : wordsOf(fields)
  return (
    <li
      className="line"
      style={style}
      data-level={isFailed(fields) ? "error" : level}
      data-open={isOpen || undefined}
    >
      <button type="button" className="bare" aria-expanded={isOpen} onClick={() => onOpen(row)}>
        {time}
        <span className="fine">{milliseconds}</span>
        <span className="hidden"> {id}: fields</span>
      </button>
      <span className="who clip">{id}</span>
      <span className="level">{level === "info" ? "" : level}</span>
      <span className="words clip" dir="auto">
        {words.slice(0, mostLetters)} <span className="quiet">{moreWords(fields)}</span>
      </span>
      {request !== undefined && (
        <Link className="request clip" href={logsAt({ request })} title="this request alone">
          {request}
        </Link>
      )}
    </li>
  )
})

/** A request that got no good answer is one of `info` to the front door that tells of it. */
function isFailed(fields: LogFields | undefined): boolean {
  const { status } = (fields?.["access"] ?? {}) as { status?: unknown }
  return typeof status === "number" && status >= 500
}
