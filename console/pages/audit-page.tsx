import type { AuditEntry } from "banyan/admin"
import { Link } from "../frame/link.tsx"
import { Table } from "../frame/table.tsx"
import { api } from "../service/api.ts"
import { useReread } from "../service/use-reread.ts"
import { time } from "../words/numbers.ts"

/** A refused wish makes no event of its own; the beat of the samples brings it. */
const telling: ReadonlySet<string> = new Set(["plan", "gone", "sample", "gap"])

/** Everything that somebody asked for: who, when, and what came of it. */
export function AuditPage() {
  const audit = useReread(api.audit, telling)
  return (
    <>
      <header className="page-head">
        <h2>Audit</h2>
        <span className="quiet">
          who asked for what; everybody shows the same token, so names are what callers say
        </span>
      </header>
      <Table label="Audit" columns={["when", "who", "asked for", "what came of it"]}>
        {audit?.entries.map(entry => (
          <Row key={`${entry.at} ${entry.what}`} entry={entry} />
        ))}
      </Table>
      {audit?.entries.length === 0 && <p className="quiet">Nothing was asked for yet.</p>}
    </>
  )
}

function Row({ entry }: { entry: AuditEntry }) {
  const { at, client, user, what, outcome, plan, code, reason } = entry
  return (
    <tr>
      <td className="quiet">
        <time dateTime={new Date(at).toISOString()} title={new Date(at).toLocaleString()}>
          {time(at)}
        </time>
      </td>
      <td dir="auto">
        {user !== undefined && <b>{user}</b>} <span className="quiet">{client}</span>
      </td>
      <td dir="auto">
        <code>{what}</code>
      </td>
      <td className="wrap">
        <span className={outcome === "refused" ? "chip failed" : "chip"}>
          {outcome === "needless" ? "nothing to do" : outcome}
        </span>{" "}
        {plan !== undefined && <Link href={`/timeline?plan=${plan}`}>{plan}</Link>}
        {code} {reason}
      </td>
    </tr>
  )
}
