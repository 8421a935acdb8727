import type { RequestView } from "banyan/admin"
import { useEffect, useState } from "react"
import { Facts } from "../frame/facts.tsx"
import { Link } from "../frame/link.tsx"
import { logsAt } from "../logs/filter.ts"
import { Waterfall } from "../requests/waterfall.tsx"
import { api, type Refusal, refusalOf } from "../service/api.ts"
import { useIsLive } from "../service/live.ts"
import { time, took } from "../words/numbers.ts"

/** Nobody keeps it, or no longer. */
const notKept = "BN1337"
const againMs = 2_000

/**
 * One request with its steps. Read once: it is over, and soon nobody keeps it any more. Only while somebody did not answer
 * it is read again.
 */
export function RequestPage({ id }: { id: string }) {
  const [request, setRequest] = useState<RequestView>()
  const [refusal, setRefusal] = useState<Refusal>()
  const isLive = useIsLive()
  const isWhole = request !== undefined && request.silent === undefined
  const isOver = isWhole || refusal?.code === notKept
  useEffect(() => {
    if (!isLive || isOver) return
    let timer = 0
    let isLeft = false
    const read = async () => {
      await api.request(id).then(setRequest, error => setRefusal(before => refusalOf(error) ?? before))
      if (!isLeft) timer = window.setTimeout(read, againMs)
    }
    void read()
    return () => {
      isLeft = true
      clearTimeout(timer)
    }
  }, [id, isLive, isOver])
  if (request !== undefined) return <Found request={request} />
  if (refusal !== undefined) return <Gone id={id} refusal={refusal} />
  return <p className="waiting quiet">Asking the instances …</p>
}

function Found({ request }: { request: RequestView }) {
  const { method, target, status, latencyMs, durationMs, at, kept, instances, requestId, traceId } = request
  const { error, retries, omitted, silent } = request
  const failed = status === 0 || status >= 500
  return (
    <>
      <header className="page-head">
        <h2 className="request-title" dir="auto">
          {method} <bdi>{target}</bdi>
        </h2>
        <span className="controls">
          <LogsLink id={requestId} />
          <Link href="/requests">All requests</Link>
        </span>
      </header>
      <p className="summary">
        <span className={failed ? "chip failed" : "chip"}>{status === 0 ? "no answer" : status}</span>
        <span>
          head after <b>{took(latencyMs)}</b>, over after <b>{took(durationMs)}</b>
        </span>
        <span className="quiet">
          {time(at)}, kept because {kept === "retried" ? "it was sent again" : `it was ${kept}`},{" "}
          {instances.join(", ")}
          {retries > 0 && `, ${retries} ${retries === 1 ? "try" : "tries"} failed`}
        </span>
      </p>
      {error !== undefined && (
        <p className="notice bad" dir="auto">
          {error}
        </p>
      )}
      <Waterfall request={request} />
      {omitted > 0 && <p className="quiet">{omitted} more steps were not kept.</p>}
      {silent === undefined && new Set(request.steps.map(({ role }) => role)).size === 1 && (
        <p className="quiet">Only {instances[0]} kept it: elsewhere it was none of the slowest.</p>
      )}
      {silent !== undefined && (
        <p className="notice">
          {silent.join(", ")} did not answer within a second, and is asked again; what is kept there is
          missing.
        </p>
      )}
      <Facts
        className="request-facts"
        facts={[
          ["request", <code key="request">{requestId}</code>],
          ["trace", <code key="trace">{traceId}</code>],
        ]}
      />
    </>
  )
}

function Gone({ id, refusal }: { id: string; refusal: Refusal }) {
  const hasExpired = refusal.code === notKept
  return (
    <>
      <header className="page-head">
        <h2>{hasExpired ? "This request is not kept" : "This request cannot be shown"}</h2>
      </header>
      <p className="notice">
        {hasExpired
          ? "The slowest and the failed requests are kept for five minutes, and go with the instance that kept them."
          : refusal.message}
      </p>
      <p className="controls after">
        <LogsLink id={id} />
        <Link href="/requests">All requests</Link>
      </p>
    </>
  )
}

function LogsLink({ id }: { id: string }) {
  return <Link href={logsAt({ request: id })}>View logs</Link>
}
