import type { FieldView } from "banyan/admin"
import { RefusalNotice } from "../actions/refusal-notice.tsx"
import { useParam } from "../frame/router.ts"
import { SearchField } from "../frame/search-field.tsx"
import { Table } from "../frame/table.tsx"
import { api, refusalOf } from "../service/api.ts"
import { usePoll } from "../service/use-poll.ts"

/** Nobody is told that somebody edits the file. */
const everyMs = 2_000

/** The configuration as the file says it now: each field with its meaning, who said it, and when a change takes effect. */
export function ConfigPage() {
  const { value: config, error } = usePoll(api.config, everyMs)
  const refusal = refusalOf(error)
  const [text] = useParam("q")
  const found = config?.fields.filter(({ path, meaning, source }) =>
    `${path} ${meaning} ${source}`.toLowerCase().includes(text.toLowerCase()),
  )
  return (
    <>
      <header className="page-head">
        <h2>Config</h2>
        <SearchField label="Find fields" placeholder="drain, banyan.config.ts …" />
      </header>
      {refusal && <RefusalNotice error={refusal} />}
      {found !== undefined && (
        <Table label="Config" columns={["field", "value", "from", "a change"]}>
          {found.map(field => (
            <Row key={field.path} field={field} />
          ))}
        </Table>
      )}
      {found?.length === 0 && <p className="quiet">No field is like that.</p>}
    </>
  )
}

function Row({ field }: { field: FieldView }) {
  const { path, meaning, expected, value, source = "", effect, waits } = field
  const isSaid = source !== "default"
  return (
    <tr>
      <td className="wrap">
        <code title={`should be ${expected}`}>{path.replaceAll("/", ".")}</code>
        <p className="quiet">{meaning}</p>
      </td>
      <td className="clip" title={shown(value)} dir="auto">
        {isSaid ? <b>{shown(value)}</b> : shown(value)}
        {isSaid && <p className="quiet">default {shown(field.default)}</p>}
      </td>
      <td className={isSaid ? "" : "quiet"}>{source}</td>
      <td className={waits ? "" : "quiet"}>
        {waits ? <b>waits for the next start</b> : effect === "live" ? "with apply" : "at the next start"}
      </td>
    </tr>
  )
}

function shown(value: unknown): string {
  return value === undefined ? "–" : JSON.stringify(value)
}
