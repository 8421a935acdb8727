import type { RequestSummary } from "banyan/admin"
import { useCallback } from "react"
import { RefusalNotice } from "../actions/refusal-notice.tsx"
import { Link } from "../frame/link.tsx"
import { useParam } from "../frame/router.ts"
import { SearchField } from "../frame/search-field.tsx"
import { numbers, Table } from "../frame/table.tsx"
import { Toggle } from "../frame/toggle.tsx"
import { api, refusalOf } from "../service/api.ts"
import { usePoll } from "../service/use-poll.ts"
import { time, took } from "../words/numbers.ts"

const everyMs = 2_000
const reasons = [
  ["", "all"],
  ["failed", "failed"],
  ["retried", "sent again"],
  ["slow", "slow"],
  ["sampled", "sampled"],
] as const
const columns = [numbers("took"), "status", "why", "request", "instances", "when"]

/** The slowest and the failed requests of the last minutes, as their instances tell them now. */
export function RequestsPage() {
  const [kept, setKept] = useParam("kept")
  const [instance] = useParam("instance")
  const [text] = useParam("q")
  const read = useCallback(() => {
    const query = new URLSearchParams({ limit: "200", ...(kept && { kept }), ...(instance && { instance }) })
    return api.requests(query)
  }, [kept, instance])
  const { value: view, error } = usePoll(read, everyMs)
  const refusal = refusalOf(error)
  const found = view?.requests.filter(each => wordsOf(each).includes(text.toLowerCase()))
  return (
    <>
      <header className="page-head">
        <h2>Requests</h2>
        <span className="quiet said">
          the slowest and the failed ones
          {view && ` of the last ${Math.round(view.windowMs / 60_000)} minutes`}
          {instance && ` at ${instance}`}
        </span>
        <SearchField label="Find requests" placeholder="POST, 503, /cafes …" />
      </header>
      <fieldset className="chips kept">
        <legend className="hidden">Why it was kept</legend>
        {reasons.map(([reason, words]) => (
          <Toggle key={reason} isOn={kept === reason} onClick={() => setKept(reason)}>
            {words}
          </Toggle>
        ))}
      </fieldset>
      {refusal && <RefusalNotice error={refusal} />}
      {view !== undefined && view.silent.length > 0 && (
        <p className="notice">
          {view.silent.join(", ")} did not answer within a second; what is kept there is missing.
        </p>
      )}
      {found !== undefined && found.length > 0 && (
        <Table label="Requests" columns={columns}>
          {found.map(request => (
            <Row key={`${request.requestId} ${request.traceId}`} request={request} />
          ))}
        </Table>
      )}
      {found?.length === 0 && (
        <p className="quiet">
          {view?.requests.length === 0
            ? "Nothing like that came in the last minutes."
            : "None of those that are kept is like that."}
        </p>
      )}
    </>
  )
}

function Row({ request }: { request: RequestSummary }) {
  const { requestId, method, target, status, latencyMs, kept, instances, at, error } = request
  return (
    <tr>
      <td className="number">{took(latencyMs)}</td>
      <td className={status === 0 || status >= 500 ? "danger-text" : ""}>{status === 0 ? "none" : status}</td>
      <td>
        <span className={kept === "failed" ? "chip failed" : "chip"} title={error}>
          {kept === "retried" ? "sent again" : kept}
        </span>
      </td>
      <td className="clip request">
        <Link href={`/requests/${encodeURIComponent(requestId)}`}>
          {method} <bdi>{target}</bdi>
        </Link>
      </td>
      <td>{instances.join(", ")}</td>
      <td className="quiet">{time(at)}</td>
    </tr>
  )
}

function wordsOf({ method, target, status, instances, requestId }: RequestSummary): string {
  return `${method} ${target} ${status} ${instances.join(" ")} ${requestId}`.toLowerCase()
}
