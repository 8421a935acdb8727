import type { DatabaseServerView, RunningStatementView, StatementCostView } from "banyan/admin"
import { useParam } from "../frame/router.ts"
import { Figure, numbers, Table } from "../frame/table.tsx"
import { Toggle } from "../frame/toggle.tsx"
import { count, duration, took } from "../words/numbers.ts"

/** What was dear since the statistics began, and what runs at this moment; of one server. */
export function Statements({ servers }: { servers: readonly DatabaseServerView[] }) {
  const [show, setShow] = useParam("show")
  const [of, setOf] = useParam("of")
  const answering = servers.filter(({ problem }) => problem === undefined)
  const primary = answering.find(({ role }) => role === "primary")
  const server = answering.find(({ id }) => id === of) ?? primary ?? answering[0]
  const isRunning = show === "running"
  return (
    <section aria-label="Statements">
      <header className="page-head">
        <h3>Statements</h3>
        <div className="chips">
          <Toggle isOn={!isRunning} onClick={() => setShow("")}>
            Dearest
          </Toggle>
          <Toggle isOn={isRunning} onClick={() => setShow("running")}>
            Running now
          </Toggle>
          <select
            aria-label="Statements of"
            value={server?.id ?? ""}
            onChange={event => setOf(event.target.value)}
          >
            {answering.map(({ id, role }) => (
              <option key={id} value={id}>
                {id} ({role})
              </option>
            ))}
          </select>
        </div>
      </header>
      {server === undefined && <p className="quiet">No database answers.</p>}
      {server !== undefined && (isRunning ? <Running server={server} /> : <Dearest server={server} />)}
    </section>
  )
}

const costColumns = [
  "statement, its values left out",
  ...["all", "mean", "longest", "calls", "rows"].map(title => numbers(title)),
]

function Dearest({ server: { statements, statementsMissing } }: { server: DatabaseServerView }) {
  if (statements === undefined)
    return (
      <p className="panel" dir="auto">
        This server keeps no statistics of statements: {statementsMissing}
      </p>
    )
  if (statements.length === 0) return <p className="quiet">Nothing was asked of it yet.</p>
  return (
    <Table label="Dearest statements" columns={costColumns} className="folding">
      {statements.map(statement => (
        <Cost key={statement.text} statement={statement} />
      ))}
    </Table>
  )
}

function Cost({ statement }: { statement: StatementCostView }) {
  const { text, totalMs, meanMs, maxMs, calls, rows } = statement
  return (
    <tr>
      <Statement text={text} />
      <Figure of="all">{took(totalMs)}</Figure>
      <Figure of="mean">{took(meanMs)}</Figure>
      <Figure of="longest">{took(maxMs)}</Figure>
      <Figure of="calls">{count(calls)}</Figure>
      <Figure of="rows">{count(rows)}</Figure>
    </tr>
  )
}

const runningColumns = ["statement", numbers("for"), "state", "waits for", "of", numbers("pid")]

function Running({ server: { running = [] } }: { server: DatabaseServerView }) {
  if (running.length === 0) return <p className="quiet">Nothing runs at this moment.</p>
  return (
    <Table label="Running statements" columns={runningColumns} className="folding">
      {running.map(each => (
        <Run key={each.pid} run={each} />
      ))}
    </Table>
  )
}

function Run({ run }: { run: RunningStatementView }) {
  const { text, forMs, state, waitsFor, application, user, pid } = run
  return (
    <tr>
      <Statement text={text} />
      <Figure of="for">{duration(forMs)}</Figure>
      <td>{state}</td>
      <td className="quiet">{waitsFor ?? ""}</td>
      <td dir="auto">
        {application} <span className="quiet">{user}</span>
      </td>
      <Figure of="pid">{pid}</Figure>
    </tr>
  )
}

function Statement({ text }: { text: string }) {
  return (
    <td className="statement">
      <code title={text} dir="auto">
        {text}
      </code>
    </td>
  )
}
