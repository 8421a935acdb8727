import type { Clock } from "../kit/clock.ts"
import { groupNames, groupOf, type InstanceId, type StageName, type Topology } from "../topology/topology.ts"
import type { Change, PlanView } from "../wire/admin.ts"
import { viewPhases } from "./apply/plan-run.ts"
import { isForSettings } from "./database-settings.ts"
import type { PlanStart } from "./journal/journal-record.ts"
import type { World } from "./observe/world.ts"
import type { Overrides } from "./overrides.ts"
import type { Wish } from "./plan/asked.ts"
import { isDatabase } from "./plan/observed.ts"
import type { Plan } from "./plan/plan.ts"
import { type Reason, sentenceOf } from "./plan/reasons.ts"
import type { Phase } from "./plan/steps.ts"
import { exitSentence, hungSentence, memorySentence } from "./state-view.ts"

export type PlanWish = {
  readonly kind: PlanStart["kind"]
  readonly trigger: string
  readonly desired: Topology
  readonly previous: Topology
  readonly forecast: Plan
  readonly before?: Overrides | undefined
  readonly after?: Overrides | undefined
  readonly drainTimeoutMs: number
} & Wish

/** Makes plans out of wishes, each with a name no other plan of this folder has: term and number. */
export class PlanStarts {
  readonly #clock: Clock
  readonly #term: number
  #count = 0

  constructor(clock: Clock, term: number) {
    this.#clock = clock
    this.#term = term
  }

  make({
    kind,
    trigger,
    desired,
    previous,
    forecast,
    before,
    after,
    drainTimeoutMs,
    primary,
    asked,
  }: PlanWish): PlanStart {
    const id = `plan-${this.#term}-${++this.#count}`
    const proposed = proposePlan(trigger, previous.stage, desired.stage, forecast)
    return {
      type: "plan-start",
      kind,
      plan: { ...proposed, id, state: "running", startedAtMs: this.#clock.nowMs() },
      desired,
      previous,
      overrides: after ?? null,
      previousOverrides: before ?? null,
      drainTimeoutMs,
      ...(primary && { primary }),
      ...(asked && { asked }),
    }
  }
}

/** A plan that is only shown. `later`: what will follow by itself. */
export function proposePlan(
  trigger: string,
  from: StageName,
  to: StageName,
  { phases }: Plan,
  later: readonly Phase[] = [],
): PlanView {
  return { id: "proposed", trigger, from, to, phases: viewPhases([...phases, ...later]), state: "proposed" }
}

const memoryReasons: ReadonlySet<Reason> = new Set(["outgrown", "oversized"])

const hangingReasons: ReadonlySet<Reason> = new Set(["hangs", "frontHangs", "primaryHangs"])

/** Where nobody died: what is wrong says more than who is concerned. */
const replicaReasons: ReadonlySet<Reason> = new Set(["strays", "farBehind", "fewerAcks"])

/** Of who does not report itself, what its driver says. */
function silentMs(world: World, id: InstanceId): number {
  return isDatabase({ group: groupOf(id)! }) ? (world.instance(id)?.silentMs ?? 0) : world.silentMs(id)
}

/** What made a plan necessary that nobody asked for. */
export function whyRepair(world: World, { phases }: Plan): string {
  const hung = phases.flat().filter(step => hangingReasons.has(step.reason))
  if (hung.length > 0) return hung.map(({ id }) => hungSentence(id, silentMs(world, id))).join(", ")
  const grown = phases.flat().filter(({ reason }) => memoryReasons.has(reason))
  if (grown.length > 0) return [...new Set(grown.map(({ id }) => memorySentence(world, id)))].join(", ")
  if (isForSettings({ phases })) return "settings that wait for a restart"
  const dead = world.instances().filter(instance => instance.state === "exited")
  if (dead.length > 0) return dead.map(exitSentence).join(", ")
  if (world.instances().length === 0) return "start"
  const strays = phases[0]?.find(({ reason }) => replicaReasons.has(reason))
  if (strays !== undefined) return `${strays.id}: ${sentenceOf(strays.reason)}`
  const ids = new Set(phases[0]?.map(step => step.id))
  return `${[...ids].join(", ")} not in place`
}

/** `scale web=4`: a change in the words of the command line. */
export function wordsOf(change: Change): string {
  if (change.type === "switchover") return ["switchover", change.to ?? []].flat().join(" ")
  if (change.type === "restart" || change.type === "drain") return `${change.type} ${change.id}`
  if (change.type !== "scale") return change.type
  const parts = groupNames.flatMap(group =>
    change.instances[group] === undefined ? [] : [`${group}=${change.instances[group]}`],
  )
  return ["scale", ...parts].join(" ")
}
