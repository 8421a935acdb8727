import type { LogLine } from "banyan/admin"
import { fieldsOf, requestIdIn } from "banyan/log-line"
import { ActButtons } from "../actions/act-buttons.tsx"
import { CloseButton } from "../frame/close-button.tsx"
import { Facts } from "../frame/facts.tsx"
import { Link } from "../frame/link.tsx"
import { useInstance } from "../service/live.ts"
import { count } from "../words/numbers.ts"
import { logsAt } from "./filter.ts"
import { factsOf } from "./log-words.ts"

/** One line with all it says, and what can be done to the instance that wrote it. */
export function LineDetail({ line: entry, onClose }: { line: LogLine; onClose: () => void }) {
  const { id, at, line, cutBytes } = entry
  const instance = useInstance(id)
  const fields = fieldsOf(line)
  const request = fields && requestIdIn(fields)
  const facts = fields === undefined ? [] : factsOf(fields)
  const stacks = facts.filter(([, value]) => value.includes("\n"))
  return (
    <aside className="inspector line-detail" aria-label="Line">
      <header>
        <h3>{id}</h3>
        {at !== undefined && <span className="quiet">{new Date(at).toLocaleString()}</span>}
        <span className="space" />
        <CloseButton label="Close the line" onClose={onClose} />
      </header>
      <p className="ways">
        <Link href={logsAt({ of: id })}>this log alone</Link>
        {request !== undefined && (
          <>
            <Link href={logsAt({ request })}>lines of this request</Link>
            <Link href={`/requests/${encodeURIComponent(request)}`}>its steps</Link>
          </>
        )}
      </p>
      {fields === undefined && <pre dir="auto">{line}</pre>}
      {facts.length > 0 && <Facts facts={facts.filter(fact => !stacks.includes(fact))} />}
      {stacks.map(([name, value]) => (
        <pre key={name} dir="auto">
          {value}
        </pre>
      ))}
      {instance !== undefined && (
        <footer>
          <Link href={`/instances/${id}`}>{id}</Link>
          <span className="space" />
          <ActButtons instance={instance} />
        </footer>
      )}
      {cutBytes !== undefined && (
        <p className="quiet">and {count(cutBytes)} bytes more, which are left out</p>
      )}
    </aside>
  )
}
