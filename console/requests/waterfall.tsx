import type { RequestStep, RequestView } from "banyan/admin"
import { Link } from "../frame/link.tsx"
import { took } from "../words/numbers.ts"

/** Every step as a bar under one scale, those that lie within others indented; what it did stands below it. */
export function Waterfall({ request }: { request: RequestView }) {
  const { steps, durationMs, latencyMs } = request
  const wholeMs = Math.max(durationMs, ...steps.map(step => step.startMs + step.durationMs), 0.001)
  return (
    <div className="waterfall panel">
      <div className="scale" aria-hidden="true">
        <span />
        <span className="ticks">
          {[0, 0.25, 0.5, 0.75, 1].map(share => (
            <span key={share}>{took(wholeMs * share)}</span>
          ))}
        </span>
        <span />
      </div>
      <ol>
        {steps.map((step, index) => (
          <Step
            // biome-ignore lint/suspicious/noArrayIndexKey: they never move
            key={index}
            step={step}
            wholeMs={wholeMs}
            headMs={latencyMs}
          />
        ))}
      </ol>
    </div>
  )
}

function Step({ step, wholeMs, headMs }: { step: RequestStep; wholeMs: number; headMs: number }) {
  const { name, depth, startMs, durationMs, details, error } = step
  const left = Math.min(99.5, (startMs / wholeMs) * 100)
  const width = Math.max(0.5, Math.min(100 - left, (durationMs / wholeMs) * 100))
  return (
    <li data-kind={kindOf(step)} data-failed={error === undefined ? undefined : ""}>
      <span className="name" style={{ paddingInlineStart: `${depth * 14}px` }}>
        <Label step={step} />
      </span>
      <span className="track" title={`begins after ${took(startMs)}, takes ${took(durationMs)}`}>
        {name === "request" && (
          <i className="head" style={{ left: `${Math.min(100, (headMs / wholeMs) * 100)}%` }} />
        )}
        <b style={{ left: `${left}%`, width: `${width}%` }} />
      </span>
      <span className="took">{took(durationMs)}</span>
      {details?.["sql"] !== undefined && (
        <code className="note" dir="auto">
          {details["sql"]}
        </code>
      )}
      {details?.["reason"] !== undefined && <span className="note quiet">{details["reason"]}</span>}
      {error !== undefined && <span className="note danger-text">{error}</span>}
    </li>
  )
}

/** What each of our own steps is, in words; a span of the app's own has its name. */
const words: Readonly<Record<string, string>> = {
  receive: "receive the request",
  queue: "queue for a backend",
  try: "try",
  answer: "send the answer",
  query: "query",
  gate: "wait at the gate",
}

function Label({ step }: { step: RequestStep }) {
  const { name, instance, details, role } = step
  const where = details?.["backend"] ?? details?.["server"]
  if (name === "request" || name === "web")
    return (
      <>
        <Link href={`/instances/${encodeURIComponent(instance)}`}>{instance}</Link>{" "}
        <span className="quiet">{role === "edge" ? "front door" : "web"}</span>
      </>
    )
  return (
    <>
      <bdi>{words[name] ?? name}</bdi>{" "}
      {where !== undefined && where !== "" && <span className="quiet">{where}</span>}
    </>
  )
}

function kindOf({ name, role }: RequestStep): string {
  if (name === "query" || name === "gate" || name === "queue") return name
  return role
}
