import type { InstanceSample, InstanceView, StateView } from "banyan/admin"
import { type Act, acts, ask } from "../actions/asked.ts"
import { Trail } from "../charts/trail.tsx"
import { Icon } from "../frame/icon.tsx"
import { Link } from "../frame/link.tsx"
import { setParams } from "../frame/router.ts"
import { useView } from "../service/live.ts"
import { cores, count, duration, megabytes, rate, time } from "../words/numbers.ts"

/** One process in detail, with what can be done to it. */
export function Inspector({ id, canClose }: { id: string; canClose: boolean }) {
  const instance = useView(({ state }) => state.instances.find(each => each.id === id))
  const sample = useView(({ instances }) => instances[id])
  const trail = useView(({ trails }) => trails[id])
  const front = useView(({ state }) => state.fronts.find(each => each.id === id))
  if (instance === undefined) return <p className="quiet">{id} does not run.</p>
  return (
    <section className="inspector" aria-label={id}>
      <header>
        <h2>
          <span className="dot" data-state={instance.state} />
          {id}
        </h2>
        <span className="quiet">{instance.progress ?? instance.state}</span>
        <span className="space" />
        {canClose && (
          <button type="button" className="bare" aria-label="Close" onClick={() => setParams({ at: "" })}>
            <Icon name="close" />
          </button>
        )}
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
      <dl className="facts">
        {factsOf(instance, sample, front).map(([name, value]) =>
          value === undefined || value === "" ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd dir="auto">{value}</dd>
            </div>
          ),
        )}
      </dl>
      <footer>
        {canClose && <Link href={`/instances/${id}`}>page</Link>}
        <span className="space" />
        <ActButtons id={id} acts={["restart", "freeze", "thaw", "kill"]} />
      </footer>
    </section>
  )
}

export function ActButtons({ id, acts: shown }: { id: string; acts: readonly Act[] }) {
  return shown.map(act => (
    <button
      key={act}
      type="button"
      className={act === "kill" ? "small danger-text" : "small"}
      aria-label={`${acts[act].title} ${id}`}
      onClick={() => ask({ type: "signal", id, act })}
    >
      {acts[act].title}
    </button>
  ))
}

type Fact = readonly [name: string, value: string | undefined]

/** What is known of it, in the order one asks; what nobody can tell is left out. */
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

/** Of a replica, behind whom it follows. */
function lagWords({ lagMs, lagBytes, streaming }: NonNullable<InstanceView["database"]>): string | undefined {
  if (streaming === false) return "not streaming"
  if (lagMs !== undefined) return duration(lagMs)
  return lagBytes === undefined ? undefined : `${count(lagBytes)} bytes`
}

function memoryWords(used: number | undefined, limit: number | undefined): string | undefined {
  if (used === undefined) return undefined
  return limit === undefined ? megabytes(used) : `${megabytes(used)} of ${megabytes(limit)}`
}
