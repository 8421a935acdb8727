import type { InstanceId, Topology } from "../../topology/topology.ts"
import { groupOf } from "../../topology/topology.ts"
import { wantedIds } from "../plan/buckets.ts"
import { countCrash } from "../plan/crash-backoff.ts"
import {
  type CrashCount,
  isDatabase,
  type Observed,
  type ObservedInstance,
  playsBackend,
  playsFront,
} from "../plan/observed.ts"
import { type PlanRules, plan } from "../plan/plan.ts"
import type { Step } from "../plan/steps.ts"

/** A world small enough to be checked exhaustively: steps take effect at once, processes die when told. */
export class PlanModel {
  nowMs = 1_000
  readonly #instances = new Map<InstanceId, ObservedInstance>()
  readonly #crashes: Partial<Record<InstanceId, CrashCount>> = {}

  observed(): Observed {
    return {
      instances: [...this.#instances.values()].map(each => this.#withReadiness(each)),
      crashes: this.#crashes,
    }
  }

  live(): ObservedInstance[] {
    return this.observed().instances.filter(instance => instance.life === "running")
  }

  /** Live instances whose place is the wanted one. */
  openFronts(): ObservedInstance[] {
    return this.live().filter(instance => instance.front === "open")
  }

  routedBackends(): ObservedInstance[] {
    return this.live().filter(instance => instance.backend === "routed")
  }

  /** One process ends; what the map says of it stays until somebody says otherwise. */
  die(id: InstanceId): void {
    const instance = this.#instances.get(id)
    if (instance?.life !== "running") return
    this.#crashes[id] = countCrash(this.#crashes[id], 0, this.nowMs)
    this.#instances.set(id, { ...instance, life: "exited", up: false, hung: false, memory: "fine" })
  }

  /** One process hangs: it lives, serves nobody, and changes no more. */
  hang(id: InstanceId): void {
    const instance = this.#instances.get(id)
    if (instance?.life === "running" && !isDatabase(instance))
      this.#instances.set(id, { ...instance, hung: true })
  }

  /** One process has grown over its memory limit, or far over it. */
  grow(id: InstanceId, memory: "replace" | "kill"): void {
    const instance = this.#instances.get(id)
    if (instance?.life === "running" && !isDatabase(instance))
      this.#instances.set(id, { ...instance, memory })
  }

  apply(step: Step): void {
    const group = groupOf(step.id)!
    const before = this.#instances.get(step.id)
    const put = (change: Partial<ObservedInstance>) => {
      if (before?.life === "running") this.#instances.set(step.id, { ...before, ...change })
    }
    if (step.kind === "start") {
      const fresh = before ?? blank(step.id)
      this.#instances.set(step.id, { ...fresh, life: "running", up: true })
    } else if (step.kind === "route")
      put(isDatabase({ group }) ? { database: true } : { backend: "routed", retiringSinceMs: undefined })
    else if (step.kind === "open") put({ front: "open", retiringSinceMs: undefined })
    else if (step.kind === "close") put({ front: "drained", retiringSinceMs: this.nowMs })
    else if (step.kind === "drain") put({ backend: "drained", retiringSinceMs: this.nowMs })
    else if (step.kind === "kill") this.die(step.id)
    else this.#instances.delete(step.id)
  }

  /** Whether exactly the wanted instances run, each in its place. */
  reached(desired: Topology): boolean {
    const all = this.observed().instances
    const wanted = wantedIds(desired, all)
    return (
      all.length === wanted.length &&
      wanted.every(id => {
        const instance = all.find(each => each.id === id)
        if (instance === undefined || instance.life !== "running" || !instance.up || instance.hung)
          return false
        if (instance.memory !== "fine") return false
        if (isDatabase(instance)) return instance.database
        return (
          instance.front === (playsFront(instance) ? "open" : "none") &&
          instance.backend === (playsBackend(instance) ? "routed" : "none")
        )
      })
    )
  }

  #withReadiness(instance: ObservedInstance): ObservedInstance {
    const anyBackend = [...this.#instances.values()].some(
      each => each.life === "running" && each.backend === "routed" && !each.hung,
    )
    return { ...instance, frontReady: instance.up && anyBackend }
  }
}

function blank(id: InstanceId): ObservedInstance {
  return {
    id,
    group: groupOf(id)!,
    life: "running",
    up: true,
    frontReady: false,
    front: "none",
    backend: "none",
    database: false,
    retiringSinceMs: undefined,
    hung: false,
    memory: "fine",
  }
}

export const modelRules: PlanRules = { drainDeadlineMs: 1000 }

/** Applies first phases until nothing is left. `check` sees every step; true from it: the world moved, plan anew. */
export function settle(
  desired: Topology,
  model: PlanModel,
  check: (step: Step) => boolean = () => false,
): Step[] {
  const done: Step[] = []
  for (let round = 0; round < 100; round++) {
    const { phases, wakeAtMs } = plan(desired, model.observed(), model.nowMs, modelRules)
    const phase = phases[0]
    if (phase === undefined && wakeAtMs === undefined) return done
    if (phase === undefined) model.nowMs = Math.max(model.nowMs, wakeAtMs ?? 0)
    for (const step of phase ?? []) {
      model.apply(step)
      done.push(step)
      if (check(step)) break
    }
  }
  throw new Error(
    `no end in sight: ${JSON.stringify(plan(desired, model.observed(), model.nowMs, modelRules))}`,
  )
}

/** A world in which this topology has been reached. */
export function settled(topology: Topology): PlanModel {
  const model = new PlanModel()
  settle(topology, model)
  return model
}
