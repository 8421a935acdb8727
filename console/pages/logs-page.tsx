import { useCallback, useState } from "react"
import { useQuery } from "../frame/router.ts"
import { SearchField } from "../frame/search-field.tsx"
import { Toggle } from "../frame/toggle.tsx"
import { clearFilters, queryOf } from "../logs/filter.ts"
import { LineDetail } from "../logs/line-detail.tsx"
import { LineList } from "../logs/line-list.tsx"
import { linesFile } from "../logs/lines-file.ts"
import { LogFilters } from "../logs/log-filters.tsx"
import type { Row } from "../logs/log-store.ts"
import { type LogStream, useLogs } from "../logs/use-logs.ts"
import { saveFile } from "../service/save-file.ts"
import { count } from "../words/numbers.ts"

/** All logs in one stream, chosen from by what stands in the address. */
export function LogsPage() {
  const query = queryOf(new URLSearchParams(useQuery()))
  const stream = useLogs(query)
  const [follows, setFollows] = useState(true)
  const [open, setOpen] = useState<Row>()
  const { shown } = stream
  const look = useCallback((row: Row) => {
    setOpen(row)
    // What one reads shall not run away.
    setFollows(false)
  }, [])
  return (
    <div className="logs">
      <header className="page-head">
        <h2>Logs</h2>
        <SearchField label="Find lines" placeholder="timeout, /api/cafes …" />
      </header>
      <LogFilters logs={shown.logs} />
      <div className="log-bar">
        <Words stream={stream} isFiltered={query !== ""} />
        <span className="space" />
        <Toggle isOn={follows} onClick={() => setFollows(!follows)}>
          Follow
        </Toggle>
        <Pause stream={stream} />
        <button type="button" className="small" onClick={() => stream.store.clear()}>
          Clear
        </button>
        <button
          type="button"
          className="small"
          disabled={shown.rows.length === 0}
          onClick={() => saveFile("logs.ndjson", linesFile(shown.rows))}
        >
          Download
        </button>
      </div>
      <div className="log-body">
        <LineList {...{ shown, follows, onFollow: setFollows, onOpen: look }} open={open?.key} />
        {open !== undefined && "line" in open && (
          <LineDetail line={open.line} onClose={() => setOpen(undefined)} />
        )}
      </div>
    </div>
  )
}

function Pause({ stream: { store, shown } }: { stream: LogStream }) {
  const { isPaused, waiting } = shown
  return (
    <Toggle isOn={isPaused} onClick={() => (isPaused ? store.resume() : store.pause())}>
      {isPaused ? `Go on (${count(waiting)} waiting)` : "Pause"}
    </Toggle>
  )
}

/** How the list stands with what is written. */
function Words({ stream, isFiltered }: { stream: LogStream; isFiltered: boolean }) {
  const { shown, status, refusal } = stream
  const { rows, isWhole } = shown
  if (refusal !== undefined)
    return (
      <p className="log-state bad" role="status">
        {refusal.message}. {refusal.todo}
      </p>
    )
  if (status === "away")
    return (
      <p className="log-state bad" role="status">
        disconnected, retrying
      </p>
    )
  if (status !== "live" || (rows.length === 0 && isWhole === undefined && shown.logs.length === 0))
    return <p className="log-state quiet">Reading …</p>
  if (rows.length === 0)
    return (
      <p className="log-state quiet">
        {isFiltered ? "No line is like that, so far. " : "Nothing is written, so far."}
        {isFiltered && (
          <button type="button" className="small" onClick={clearFilters}>
            All lines
          </button>
        )}
      </p>
    )
  return (
    <p className="log-state quiet">
      {count(rows.length)} {rows.length === 1 ? "line" : "lines"}
      {isWhole === true ? ", from the first one on" : isWhole === false ? ", the newest ones" : ""}
    </p>
  )
}
