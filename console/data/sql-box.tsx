import type { DataTierView, SqlAnswer, SqlRequest } from "banyan/admin"
import { type KeyboardEvent, useRef, useState } from "react"
import { RefusalNotice } from "../actions/refusal-notice.tsx"
import { setParams, useParam } from "../frame/router.ts"
import { api } from "../service/api.ts"
import { SqlRows } from "./sql-rows.tsx"

const rowChoices = [20, 100, 1_000] as const
const timeoutChoices = [1_000, 5_000, 30_000, 60_000] as const

type Outcome = { readonly answer?: SqlAnswer; readonly error?: unknown; readonly running?: AbortController }

/**
 * One statement to one database. What it may do, the server decides; the address keeps what was typed, so that it can be
 * handed on, and never asks by itself.
 */
export function SqlBox({ data }: { data: DataTierView }) {
  const [outcome, setOutcome] = useState<Outcome>({})
  const form = useForm()
  const field = useRef<HTMLTextAreaElement>(null)
  const { running, answer, error } = outcome
  const run = async () => {
    const sql = field.current?.value ?? ""
    if (running !== undefined || sql.trim() === "") return
    const stop = new AbortController()
    setOutcome({ running: stop })
    setParams({ sql })
    try {
      setOutcome({ answer: await api.sql({ ...form.request, sql }, stop.signal) })
    } catch (problem) {
      setOutcome(stop.signal.aborted ? {} : { error: problem })
    }
  }
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void run()
    if (event.key === "Escape") running?.abort()
  }
  if (data.sql.refused !== undefined) return <Refused />
  return (
    <section className="panel sql" aria-label="Ask">
      <header>
        <h3>Ask</h3>
        <span className="quiet">one statement that reads; it is in the audit list, whatever comes of it</span>
      </header>
      <textarea
        ref={field}
        aria-label="Statement"
        rows={4}
        maxLength={4_000}
        spellCheck={false}
        placeholder="select * from …"
        defaultValue={form.sql}
        onKeyDown={keys}
      />
      <div className="controls">
        <Choices data={data} form={form} />
        <span className="space" />
        {running === undefined ? (
          <button type="button" className="main" onClick={run} title="Ctrl Enter">
            Run
          </button>
        ) : (
          <button type="button" onClick={() => running.abort()} title="Escape">
            Cancel
          </button>
        )}
      </div>
      <div aria-live="polite" aria-busy={running !== undefined}>
        {running !== undefined && <p className="quiet">Asking …</p>}
        {error !== undefined && <RefusalNotice error={error} />}
        {answer !== undefined && <SqlRows answer={answer} />}
      </div>
      <p className="quiet fine">
        Asked as <code>{data.sql.user}</code>, a role that may only select, in a transaction that is read-only
        and never committed. It sees everything the app's role has made: hashes of passwords and sessions too.
        It sees no passwords of Postgres' own roles, no files, no settings that hold secrets.
      </p>
    </section>
  )
}

type Form = ReturnType<typeof useForm>

function useForm() {
  const [sql] = useParam("sql")
  const [on, setOn] = useParam("on")
  const [rows, setRows] = useParam("rows")
  const [within, setWithin] = useParam("within")
  const mostRows = rowChoices.find(each => each === Number(rows)) ?? 100
  const timeoutMs = timeoutChoices.find(each => each === Number(within)) ?? 5_000
  const request: Omit<SqlRequest, "sql"> = { mostRows, timeoutMs, ...(on !== "" && { instance: on }) }
  return { sql, on, setOn, setRows, setWithin, request }
}

function Choices({ data, form }: { data: DataTierView; form: Form }) {
  const { mostRows, timeoutMs } = form.request
  return (
    <>
      <select aria-label="Ask whom" value={form.on} onChange={event => form.setOn(event.target.value)}>
        <option value="">a replica, else the primary</option>
        {data.servers.map(({ id, role }) => (
          <option key={id} value={id}>
            {id} {role && `(${role})`}
          </option>
        ))}
      </select>
      <select aria-label="Rows" value={mostRows} onChange={event => form.setRows(event.target.value)}>
        {rowChoices.map(each => (
          <option key={each} value={each}>
            {each} rows at most
          </option>
        ))}
      </select>
      <select aria-label="Time" value={timeoutMs} onChange={event => form.setWithin(event.target.value)}>
        {timeoutChoices.map(each => (
          <option key={each} value={each}>
            {each / 1000} s at most
          </option>
        ))}
      </select>
    </>
  )
}

function Refused() {
  return (
    <section className="panel" aria-label="Ask">
      <h3>Ask</h3>
      <p className="quiet">
        The database is your own. Name a role that may only read in <code>data.readerUrl</code>, and it can be
        asked from here.
      </p>
    </section>
  )
}
