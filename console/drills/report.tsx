import { useEffect, useState } from "react"
import { RefusalNotice } from "../actions/refusal-notice.tsx"
import { Figure, numbers, Table } from "../frame/table.tsx"
import { api } from "../service/api.ts"
import { count, duration } from "../words/numbers.ts"

/** What is shown of a report; its page has the rest, with charts. */
type DrillReport = {
  readonly claim: string
  readonly verdict: string
  readonly command: string
  readonly violations: readonly string[]
  readonly busy: readonly string[]
  readonly skipped: readonly { readonly name: string; readonly subject: string; readonly why: string }[]
  readonly verdicts: readonly { readonly checker: string; readonly ok: boolean; readonly checked: number }[]
  readonly measuredMs?: Readonly<Record<string, { count: number; p50: number; p99: number; max: number }>>
  readonly episodes: readonly {
    readonly name: string
    readonly tookMs: number
    readonly violations: readonly string[]
    readonly load: { readonly sent: number; readonly failed: number; readonly latencyMs: { p99: number } }
  }[]
}

export function Report({ id }: { id: string }) {
  const [report, setReport] = useState<DrillReport>()
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    api.drillReport<DrillReport>(id).then(setReport, setError)
  }, [id])
  if (error !== undefined) return <RefusalNotice error={error} />
  if (report === undefined) return <p className="quiet">Reading its report …</p>
  const { claim, violations, busy, skipped, verdicts, measuredMs = {}, command } = report
  return (
    <div className="report">
      <p>
        {report.verdict}: {claim}
      </p>
      <Lines className="notice bad" lines={violations} />
      <Lines
        className="notice"
        lines={skipped.map(({ name, subject, why }) => `skipped: ${name} ${subject}: ${why}`)}
      />
      <Lines className="notice" lines={busy.map(words => `busy machine: ${words}`)} />
      <Episodes episodes={report.episodes} />
      <Lines
        className="quiet"
        lines={[
          ...verdicts.map(
            ({ checker, ok, checked }) => `${ok ? "✓" : "✗"} checker ${checker}: ${count(checked)} checked`,
          ),
          ...Object.entries(measuredMs).map(
            ([what, { p50, p99, max, count: n }]) =>
              `${what}: p50 ${duration(p50)}, p99 ${duration(p99)}, longest ${duration(max)} (n = ${n})`,
          ),
        ]}
      />
      <p className="quiet">
        <code>{command}</code>
      </p>
    </div>
  )
}

function Lines({ lines, className }: { lines: readonly string[]; className: string }) {
  if (lines.length === 0) return null
  return (
    <ul className={className}>
      {lines.map(line => (
        <li key={line} dir="auto">
          {line}
        </li>
      ))}
    </ul>
  )
}

const columns = [
  "episode",
  ...["requests", "failed", "p99", "took"].map(title => numbers(title)),
  "what must not be",
]

function Episodes({ episodes }: Pick<DrillReport, "episodes">) {
  return (
    <Table label="Episodes" columns={columns} className="folding">
      {episodes.map(({ name, load, tookMs, violations }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an episode is its place
        <tr key={at}>
          <td>{name}</td>
          <Figure of="requests">{count(load.sent)}</Figure>
          <Figure of="failed">{count(load.failed)}</Figure>
          <Figure of="p99">{duration(load.latencyMs.p99)}</Figure>
          <Figure of="took">{duration(tookMs)}</Figure>
          <td className="wrap" dir="auto">
            {violations.length === 0 ? <span className="quiet">nothing</span> : violations.join("; ")}
          </td>
        </tr>
      ))}
    </Table>
  )
}
