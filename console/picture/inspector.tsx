import type { InstanceSample, InstanceView, StateView } from "banyan/admin"
import { ActButtons } from "../actions/act-buttons.tsx"
import { Trail } from "../charts/trail.tsx"
import { CloseButton } from "../frame/close-button.tsx"
import { type Fact, Facts } from "../frame/facts.tsx"
import { Link } from "../frame/link.tsx"
import { setParams } from "../frame/router.ts"
import { logsAt } from "../logs/filter.ts"
import { useInstance, useView } from "../service/live.ts"
import { lagWords } from "../words/lag.ts"
import { cores, count, duration, megabytes, rate, time } from "../words/numbers.ts"
import { Condition } from "./condition.tsx"
import { conditionOf } from "./condition-of.ts"

/** One process in detail, with what can be done to it. */
export function Inspector({ id, canClose }: { id: string; canClose: boolean }) {
  const instance = useInstance(id)
  const sample = useView(({ instances }) => instances[id])
  const trail = useView(({ trails }) => trails[id])
  const front = useView(({ state }) => state.fronts.find(each => each.id === id))
  if (instance === undefined) return <p className="quiet">{id} does not run.</p>
  return (
    <section className="inspector" aria-label={id}>
      <header>
        <h2>
          <span className="dot" data-state={conditionOf(instance)} />
          {id}
        </h2>
        <span className="quiet">
          <Condition instance={instance} words={instance.progress} />
        </span>
        <span className="space" />
        {canClose && <CloseButton onClose={() => setParams({ at: "" })} />}
      </header>
      {instance.warning && <p className="notice">{instance.warning}</p>}
      {instance.tier !== "data" && (
        <figure>
          <Trail values={trail ?? []} />
          <figcaption className="quiet">
            {rate(sample?.requestsPerSecond ?? 0)} requests a second, the last minute
          </figcaption>
        </figure>
      )}
      <Facts facts={factsOf(instance, sample, front)} />
      <footer>
        {canClose && <Link href={`/instances/${id}`}>page</Link>}
        <Link href={logsAt({ of: id })}>logs</Link>
        <Link href={logsAt({ of: id, level: "error" })}>errors</Link>
        <span className="space" />
        <ActButtons instance={instance} />
      </footer>
    </section>
  )
}

/** What is known of it, in the order one asks. */
function factsOf(
  instance: InstanceView,
  sample: InstanceSample | undefined,
  front: StateView["fronts"][number] | undefined,
): Fact[] {
  return [
    ["role", instance.role],
    ["version", instance.version],
    ["process", instance.pid === undefined ? undefined : String(instance.pid)],
    ["address", instance.address],
    ["runs for", duration(Date.now() - instance.startedAtMs)],
    ["started", time(instance.startedAtMs)],
    ["served", instance.tier === "data" ? undefined : count(instance.requests)],
    ["under way", instance.tier === "data" ? undefined : count(instance.outstanding)],
    ["p50 / p99", front && `${duration(front.latencyMs.p50)} / ${duration(front.latencyMs.p99)}`],
    ["follows", instance.database?.follows],
    ["lag", instance.database && lagWords(instance.database)],
    [
      "log position",
      instance.database && `${instance.database.position} on timeline ${instance.database.timeline}`,
    ],
    ["connections", front && count(front.connections)],
    ["cpu", sample?.cpu === undefined ? undefined : `${cores(sample.cpu)} of a core`],
    ["memory", memoryWords(instance.memoryMb, instance.memoryLimitMb)],
    [
      "database",
      instance.pool && `${instance.pool.connections} connections, ${instance.pool.waiting} waiting`,
    ],
  ]
}

function memoryWords(used: number | undefined, limit: number | undefined): string | undefined {
  if (used === undefined) return undefined
  return limit === undefined ? megabytes(used) : `${megabytes(used)} of ${megabytes(limit)}`
}
