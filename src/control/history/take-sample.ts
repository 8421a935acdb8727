import type {
  FrontCounts,
  InstanceSample,
  InstanceView,
  Sample,
  StateView,
  TierSample,
} from "../../wire/admin.ts"

/** What is to be seen at one moment. */
export type Look = {
  readonly atMs: number
  /** The same moment by a clock that nobody sets. */
  readonly momentMs: number
  readonly traffic: StateView["traffic"]
  readonly instances: readonly InstanceView[]
  /** Seconds of CPU each instance has used, by id; of whom nobody can tell there is none. */
  readonly cpuSeconds: ReadonlyMap<string, number>
}

/** With what had been counted until then, which only grows. */
export type Seen = Look & {
  readonly totals: FrontCounts
  /** Requests of one instance, over all its lives. */
  readonly requestsOf: (id: string) => number
}

export type TakenSample = {
  readonly sample: Sample
  readonly instances: Readonly<Record<string, InstanceSample>>
}

/** What happened between two looks, of everybody together, of each tier and of each instance. */
export function takeSample(before: Seen, now: Seen): TakenSample {
  const seconds = Math.max(0.001, (now.momentMs - before.momentMs) / 1000)
  const rate = (was: number, is: number) => round(Math.max(0, is - was) / seconds)
  const earlier = new Map(before.instances.map(each => [each.id, each]))
  const living = now.instances.filter(each => each.state !== "exited")
  const instances = Object.fromEntries(
    living.map(each => {
      const last = earlier.get(each.id)
      const isSame = last !== undefined && last.pid === each.pid
      const cpuNow = now.cpuSeconds.get(each.id)
      const cpuThen = isSame ? before.cpuSeconds.get(each.id) : undefined
      const sample: InstanceSample = {
        requestsPerSecond: rate(before.requestsOf(each.id), now.requestsOf(each.id)),
        outstanding: each.outstanding,
        ...(cpuNow === undefined || cpuThen === undefined ? {} : { cpu: rate(cpuThen, cpuNow) }),
        ...(each.memoryMb === undefined ? {} : { memoryMb: each.memoryMb }),
      }
      return [each.id, sample]
    }),
  )
  const { p50, p99, p95 = p99 } = now.traffic.latencyMs
  return {
    sample: {
      at: now.atMs,
      requestsPerSecond: rate(before.totals.requests, now.totals.requests),
      failedPerSecond: rate(failedOf(before.totals), failedOf(now.totals)),
      latencyMs: { p50: round(p50), p95: round(p95), p99: round(p99) },
      tiers: tiersOf(living, instances),
    },
    instances,
  }
}

/** Requests that failed: an answer of 5xx, or none that was whole. */
export function failedOf({ answers, aborted }: FrontCounts): number {
  return (answers["5xx"] ?? 0) + aborted
}

function tiersOf(
  living: readonly InstanceView[],
  samples: Readonly<Record<string, InstanceSample>>,
): Record<string, TierSample> {
  const groups = Map.groupBy(living, each => each.tier)
  return Object.fromEntries(
    [...groups].map(([tier, members]) => {
      const own = members.map(({ id }) => samples[id]!)
      const sum = (values: readonly number[]) => round(values.reduce((total, value) => total + value, 0))
      const cpus = own.flatMap(({ cpu }) => cpu ?? [])
      const memories = own.flatMap(({ memoryMb }) => memoryMb ?? [])
      const view: TierSample = {
        instances: members.length,
        requestsPerSecond: sum(own.map(each => each.requestsPerSecond)),
        outstanding: sum(own.map(each => each.outstanding)),
        ...(cpus.length === 0 ? {} : { cpu: { busiest: Math.max(...cpus), all: sum(cpus) } }),
        ...(memories.length === 0 ? {} : { memoryMb: sum(memories) }),
      }
      return [tier, view]
    }),
  )
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
