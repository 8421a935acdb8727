import type { DrillRunView } from "banyan/admin"
import { actions, Figure, numbers, Table } from "../frame/table.tsx"
import { count, duration, time } from "../words/numbers.ts"

const columns = [
  ...["drill", "begun", "came to"],
  ...["n", "requests", "failed", "took"].map(title => numbers(title)),
  actions,
]

/** What was run from here: the last twenty. */
export function RunList({
  runs,
  onChoose,
}: {
  runs: readonly DrillRunView[]
  onChoose: (id: string) => void
}) {
  return (
    <section aria-label="Runs">
      <header className="page-head">
        <h3>Runs</h3>
      </header>
      {runs.length === 0 ? (
        <p className="quiet">None was run from here yet.</p>
      ) : (
        <Table label="The last runs" columns={columns} className="folding">
          {runs.map(run => (
            <Row key={run.id} run={run} onChoose={onChoose} />
          ))}
        </Table>
      )}
    </section>
  )
}

function Row({ run, onChoose }: { run: DrillRunView; onChoose: (id: string) => void }) {
  const { id, name, short, startedAtMs, end } = run
  const number = (value: number | undefined) => value !== undefined && count(value)
  const act = run.state === "running" ? "Watch" : "Open"
  return (
    <tr>
      <td>
        {name} <span className="quiet">{short ? "short" : "in full"}</span>
      </td>
      <td className="quiet">{time(startedAtMs)}</td>
      <td>
        <Verdict run={run} />
      </td>
      <Figure of="n">{number(end?.n)}</Figure>
      <Figure of="requests">{number(end?.requests)}</Figure>
      <Figure of="failed">{number(end?.failed)}</Figure>
      <Figure of="took">{end && duration(end.endedAtMs - startedAtMs)}</Figure>
      <td>
        <div className="acts">
          <button type="button" className="small" aria-label={`${act} ${id}`} onClick={() => onChoose(id)}>
            {act}
          </button>
        </div>
      </td>
    </tr>
  )
}

const interrupted = 130

export function Verdict({ run: { state, end } }: { run: DrillRunView }) {
  if (state === "running") return <span className="chip running">runs</span>
  if (state === "lost") return <span className="chip failed">its process is gone</span>
  const { verdict, code } = end!
  if (verdict === undefined)
    return code === interrupted ? (
      <span className="chip">cancelled</span>
    ) : (
      <span className="chip failed">broke off</span>
    )
  const look = { passed: "done", failed: "failed", incomplete: "running", invalid: "running" }
  return <span className={`chip ${look[verdict]}`}>{verdict}</span>
}
