import type { InstanceId, Topology } from "../../topology/topology.ts"
import { groupOf } from "../../topology/topology.ts"
import { type Buckets, sortIntoBuckets } from "./buckets.ts"
import { mayStartAtMs } from "./crash-backoff.ts"
import type { DatabaseRules } from "./database-scene.ts"
import { planDatabases } from "./databases.ts"
import { isDatabase, type Observed, type ObservedInstance, playsBackend, playsFront } from "./observed.ts"
import type { Reason } from "./reasons.ts"
import { type Phase, type Step, type StepKind, stepKey } from "./steps.ts"

export type Plan = {
  readonly phases: readonly Phase[]
  /** Nothing more can be done before this moment, unless something happens. */
  readonly wakeAtMs?: number
}

export type PlanRules = DatabaseRules

/**
 * What to do to get from what runs to what is wanted. Pure: no clock, no I/O; the same input gives the same plan.
 * `nowMs` is monotonic: a wall clock that is set must neither cut a drain short nor hold a start back.
 *
 * The plan is a forecast: only its first phase is certain. Whoever applies it plans anew after each phase, so a world
 * that moved meanwhile, or a control plane that died, needs no other way. What must never happen:
 *
 * - no front door is open although one could serve;
 * - a front door opens before it is ready or before a backend takes requests;
 * - a backend leaves before every backend that is wanted takes requests;
 * - a process starts before the database it uses, or outlives it;
 * - and what plan/databases.ts says.
 */
export function plan(desired: Topology, world: Observed, nowMs: number, rules: PlanRules): Plan {
  const draft = new Draft()
  const buckets = sortIntoBuckets(desired, world)
  // Later phases do not see the dead, nor who is as good as dead.
  const gone = [...buckets.dead, ...buckets.doomed]
  const observed = { ...world, instances: world.instances.filter(each => !gone.includes(each)) }
  const rescue = rescueSteps(buckets)
  const { ready: startable, wakeAtMs: startAtMs } = whoMayStart(buckets, observed, nowMs)
  const databases = planDatabases(desired, world, nowMs, rules)

  const forgets = (list: readonly ObservedInstance[]) => list.map(({ id }) => step("forget", id, "gone"))
  const ended = nothingUsesDatabases(desired) ? world.instances.filter(isEndedDatabase) : []
  draft.phase([...forgets([...buckets.dead, ...ended]), ...buckets.doomed.map(killStep)])
  draft.phase(forgets(buckets.doomed))
  for (const [index, phase] of databases.first.entries())
    draft.phase(index === 0 ? [...phase, ...rescue] : phase)
  const databaseUpAt = draft.phases.length

  const starts = startSteps(databases.isUp ? startable : [], buckets.starting, observed)
  draft.phase([...starts, ...rescue])

  const present = new Set(arriving(buckets, starts))
  draft.phase(routeSteps(present, observed))
  draft.phase(openSteps(present, observed))

  const overdue = (instance: ObservedInstance) =>
    instance.retiringSinceMs !== undefined && nowMs >= instance.retiringSinceMs + rules.drainDeadlineMs
  const retired = retire(draft, desired, present, buckets.surplus, overdue)
  draft.phase([...retired, ...buckets.left].map(instance => step("stop", instance.id, "unused")))
  if (retired.length === buckets.surplus.length && nothingUsesDatabases(desired))
    for (const phase of lastOut(world)) draft.phase(phase)
  draft.beside(0, databases.beside)
  draft.beside(databaseUpAt, databases.after)

  const deadlines = buckets.surplus
    .filter(instance => instance.retiringSinceMs !== undefined && !overdue(instance))
    .map(instance => instance.retiringSinceMs! + rules.drainDeadlineMs)
  return finish(draft, [startAtMs, ...deadlines, ...databases.wakeAtMs])
}

/** Replicas first: whoever follows must have had everything when the primary goes. */
function lastOut({ instances }: Observed): Step[][] {
  const running = instances.filter(each => isDatabase(each) && each.life === "running")
  const [primaries, replicas] = [
    running.filter(each => each.database?.place !== "replica"),
    running.filter(each => each.database?.place === "replica"),
  ]
  return [replicas, primaries].map(list => list.map(({ id }) => step("stop", id, "lastOut")))
}

function isEndedDatabase({ life, database }: ObservedInstance): boolean {
  return life === "exited" && database?.isListed === true
}

/** Collects phases; a step stands in the first phase that names it, empty phases are dropped. */
class Draft {
  readonly phases: Phase[] = []
  readonly #seen = new Set<string>()

  phase(steps: readonly Step[]): void {
    const fresh = steps.filter(each => !this.#seen.has(stepKey(each)))
    for (const each of fresh) this.#seen.add(stepKey(each))
    if (fresh.length > 0) this.phases.push(fresh)
  }

  /** These side by side with those that are there, from a phase on. */
  beside(from: number, phases: readonly Phase[]): void {
    for (const [index, phase] of phases.entries()) {
      const there = this.phases[from + index]
      const fresh = phase.filter(each => !this.#seen.has(stepKey(each)))
      for (const each of fresh) this.#seen.add(stepKey(each))
      if (there === undefined) this.phases.push(fresh)
      else this.phases[from + index] = [...there, ...fresh]
    }
  }
}

function finish(draft: Draft, times: readonly (number | undefined)[]): Plan {
  const known = times.filter(time => time !== undefined)
  const phases = draft.phases.filter(phase => phase.length > 0)
  return known.length === 0 ? { phases } : { phases, wakeAtMs: Math.min(...known) }
}

/** Repairs that can be done this moment, side by side with slow starts: nobody may wait for a process that is slow. */
function rescueSteps({ serving, silent, surplus }: Buckets): Step[] {
  const live = [...serving, ...silent, ...surplus]
  const steps: Step[] = []
  if (!live.some(isRouted)) {
    const able = serving.filter(instance => playsBackend(instance))
    steps.push(...able.map(instance => step("route", instance.id, "noBackend")))
  } else if (!live.some(instance => instance.front === "open")) {
    const able = serving.filter(instance => playsFront(instance) && instance.frontReady)
    steps.push(...able.map(instance => step("open", instance.id, "noFrontOpen")))
  }
  return steps
}

/** Missing instances whose crash count lets them start, and when the next one may. */
function whoMayStart({ missing }: Buckets, { crashes }: Observed, nowMs: number) {
  const later = missing.map(id => mayStartAtMs(crashes[id])).filter(atMs => atMs > nowMs)
  return {
    ready: missing.filter(id => mayStartAtMs(crashes[id]) <= nowMs),
    wakeAtMs: later.length === 0 ? undefined : Math.min(...later),
  }
}

function startSteps(
  missing: readonly InstanceId[],
  starting: readonly ObservedInstance[],
  observed: Observed,
) {
  return [
    ...missing.map(id => step("start", id, whyStart(id, observed))),
    ...starting.map(instance => step("start", instance.id, "comingUp")),
  ]
}

function whyStart(id: InstanceId, observed: Observed): Reason {
  if (find(observed, id) || observed.crashes[id]) return "died"
  const others = observed.instances.filter(each => each.group === groupOf(id))
  if (others.some(each => each.memory !== "fine")) return "takesPlace"
  return others.some(each => each.isLeaving) ? "takesOver" : "wanted"
}

/** Wanted instances that are up, or believed to be, or will be when `starts` are done. */
function arriving({ serving, silent }: Buckets, starts: readonly Step[]): InstanceId[] {
  return [...[...serving, ...silent].map(instance => instance.id), ...starts.map(each => each.id)]
}

function routeSteps(present: ReadonlySet<InstanceId>, observed: Observed): Step[] {
  return [...present].filter(playsBackendId).flatMap(id => {
    const backend = find(observed, id)?.backend ?? "none"
    if (backend === "routed") return []
    return [step("route", id, backend === "draining" || backend === "drained" ? "backendBack" : "backendUp")]
  })
}

function openSteps(present: ReadonlySet<InstanceId>, observed: Observed): Step[] {
  const hasBackend = [...present].some(playsBackendId)
  if (!hasBackend) return []
  return [...present].filter(playsFrontId).flatMap(id => {
    const front = find(observed, id)?.front ?? "none"
    if (front === "open") return []
    return [step("open", id, front === "closing" || front === "drained" ? "frontBack" : "frontUp")]
  })
}

/** Plans closes and drains of what is surplus; returns those that can be stopped when these are done. */
function retire(
  draft: Draft,
  desired: Topology,
  present: ReadonlySet<InstanceId>,
  surplus: readonly ObservedInstance[],
  overdue: (instance: ObservedInstance) => boolean,
): readonly ObservedInstance[] {
  const goingDown = nothingUsesDatabases(desired)
  const complete = Object.entries(desired.instances).every(
    ([group, count]) =>
      isGroupOfDatabases(group) || [...present].filter(id => groupOf(id) === group).length === count,
  )
  if (!goingDown && !complete) {
    // The replacements are not all there: only what nothing reaches may go.
    return surplus.filter(instance => instance.front === "none" && instance.backend === "none")
  }
  // Being late excuses nobody from being told to retire, only from finishing.
  const open = surplus.filter(({ front }) => front === "opening" || front === "open")
  const active = surplus.filter(({ backend }) => backend === "routing" || backend === "routed")
  const inTime = surplus.filter(instance => !overdue(instance))
  open.push(...inTime.filter(({ front }) => front === "closing"))
  active.push(...inTime.filter(({ backend }) => backend === "draining"))
  const why = ({ memory, isLeaving }: ObservedInstance, down: Reason, replaced: Reason) =>
    goingDown ? down : memory !== "fine" ? "outgrown" : isLeaving ? "asked" : replaced
  const closes = open.map(each => step("close", each.id, why(each, "closing", "frontReplaced")))
  const drains = active.map(each => step("drain", each.id, why(each, "emptying", "backendReplaced")))
  if (goingDown) {
    // With nobody to take over, a backend is needed until the last connection has gone.
    draft.phase(closes)
    draft.phase(drains)
  } else draft.phase([...closes, ...drains])
  return surplus
}

function nothingUsesDatabases(desired: Topology): boolean {
  const { app, web, edge } = desired.instances
  return app + web + edge === 0
}

function isRouted(instance: ObservedInstance): boolean {
  return instance.backend === "routed"
}

function find(observed: Observed, id: InstanceId): ObservedInstance | undefined {
  return observed.instances.find(instance => instance.id === id)
}

const isGroupOfDatabases = (group: string) => group === "postgres"
const playsFrontId = (id: InstanceId) => playsFront({ group: groupOf(id)! })
const playsBackendId = (id: InstanceId) => playsBackend({ group: groupOf(id)! })

function killStep(instance: ObservedInstance): Step {
  if (instance.memory === "kill") return step("kill", instance.id, "oversized")
  return step("kill", instance.id, playsFront(instance) ? "frontHangs" : "hangs")
}

function step(kind: StepKind, id: InstanceId, reason: Reason): Step {
  return { kind, id, reason }
}
