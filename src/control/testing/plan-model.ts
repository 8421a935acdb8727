import type { InstanceId, Topology } from "../../topology/topology.ts"
import { groupOf } from "../../topology/topology.ts"
import type { Quorum } from "../../wire/map.ts"
import { wantedIds } from "../plan/buckets.ts"
import { countCrash } from "../plan/crash-backoff.ts"
import { wantedDatabases } from "../plan/databases.ts"
import {
  type CrashCount,
  isDatabase,
  type Observed,
  type ObservedDatabase,
  type ObservedInstance,
  playsBackend,
  playsFront,
} from "../plan/observed.ts"
import { type PlanRules, plan } from "../plan/plan.ts"
import { wantedQuorum } from "../plan/quorum.ts"
import type { Step } from "../plan/steps.ts"

/** A world small enough to be checked exhaustively: steps take effect at once, processes die when told. */
export class PlanModel {
  nowMs = 1_000
  readonly #instances = new Map<InstanceId, ObservedInstance>()
  readonly #crashes: Partial<Record<InstanceId, CrashCount>> = {}
  /** How many databases the topology wants that is being reached. */
  databasesWanted = 1
  #quorums: readonly Quorum[] = []

  observed(): Observed {
    return {
      instances: [...this.#instances.values()].map(each => this.#withReadiness(each)),
      crashes: this.#crashes,
      fleet: { quorums: this.#quorums, refused: undefined },
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
    const { database } = instance
    const lost = database && { ...database, follows: false, isLost: true, isSilent: false, plays: undefined }
    const dead = { life: "exited", up: false, hung: false, memory: "fine", database: lost } as const
    this.#instances.set(id, { ...instance, ...dead })
  }

  /** One process hangs: it lives, serves nobody, and changes no more. */
  hang(id: InstanceId): void {
    const instance = this.#instances.get(id)
    if (instance?.life !== "running") return
    const database = instance.database && { ...instance.database, isSilent: true }
    this.#instances.set(id, { ...instance, hung: true, database })
  }

  /** One process has grown over its memory limit, or far over it. */
  grow(id: InstanceId, memory: "replace" | "kill"): void {
    const instance = this.#instances.get(id)
    if (instance?.life === "running" && !isDatabase(instance))
      this.#instances.set(id, { ...instance, memory })
  }

  /** It replays nothing any more, and lacks more than is kept. */
  fallBehind(id: InstanceId): void {
    const known = this.#instances.get(id)!
    this.#instances.set(id, { ...known, database: { ...known.database!, isFarBehind: true } })
  }

  /** Every database that runs is told settings that only a start takes up. */
  configure(): void {
    for (const { id, database } of this.live())
      if (database !== undefined)
        this.#instances.set(id, {
          ...this.#instances.get(id)!,
          database: { ...database, restartDue: "settings" },
        })
  }

  apply(step: Step): void {
    if (groupOf(step.id) === "postgres") {
      this.#applyToDatabase(step)
      return
    }
    const before = this.#instances.get(step.id)
    const put = (change: Partial<ObservedInstance>) => {
      if (before?.life === "running") this.#instances.set(step.id, { ...before, ...change })
    }
    if (step.kind === "start") {
      const fresh = before ?? blank(step.id)
      this.#instances.set(step.id, { ...fresh, life: "running", up: true })
    } else if (step.kind === "route") put({ backend: "routed", retiringSinceMs: undefined })
    else if (step.kind === "open") put({ front: "open", retiringSinceMs: undefined })
    else if (step.kind === "close") put({ front: "drained", retiringSinceMs: this.nowMs })
    else if (step.kind === "drain") put({ backend: "drained", retiringSinceMs: this.nowMs })
    else if (step.kind === "kill") this.die(step.id)
    else this.#instances.delete(step.id)
  }

  #applyToDatabase({ kind, id }: Step): void {
    const before = this.#instances.get(id) ?? blank(id)
    const primary = this.#primary()
    const put = (change: Partial<ObservedInstance>, database: Partial<ObservedDatabase> = {}) =>
      this.#instances.set(id, { ...before, ...change, database: { ...before.database!, ...database } })
    if (kind === "start" || kind === "attach") {
      const place = before.database?.place ?? (primary && "replica")
      const isReplica = place === "replica"
      const isThere = {
        isListed: true,
        follows: isReplica,
        isLost: !isReplica,
        restartDue: false as const,
        isFarBehind: false,
      }
      put({ life: "running", up: true }, { place, ...isThere })
    } else if (kind === "route")
      put({}, { place: primary === undefined || primary.id === id ? "primary" : "replica", isOpen: true })
    else if (kind === "drain") put({}, { isOpen: false, isDrained: true })
    else if (kind === "kill") this.die(id)
    else if (kind === "stop") put({ life: "exited", up: false }, { isListed: false })
    else if (kind === "forget") put({}, { isListed: false })
    else if (kind === "detach") this.#instances.delete(id)
    else if (kind === "quorum") this.#quorums = [this.#wantedQuorum(before)]
    else this.#promote(kind === "switch-over" ? before : this.#bestReplica(), primary!)
  }

  #wantedQuorum(primary: ObservedInstance): Quorum {
    const { instances } = this.observed()
    return wantedQuorum(primary, wantedDatabases(this.databasesWanted, instances), instances, this.#quorums)
  }

  #promote(chosen: ObservedInstance, former: ObservedInstance): void {
    const promoted = { ...chosen.database!, place: "primary", isOpen: true } as const
    this.#instances.set(chosen.id, { ...chosen, database: promoted })
    const database = { ...former.database!, place: "replica", isOpen: false, isDrained: true } as const
    this.#instances.set(former.id, { ...former, database })
    this.die(former.id)
  }

  #bestReplica(): ObservedInstance {
    return this.live().find(each => each.database?.place === "replica" && each.up && !each.hung)!
  }

  #primary(): ObservedInstance | undefined {
    return [...this.#instances.values()].find(each => each.database?.place === "primary")
  }

  /** Whether exactly the wanted instances run, each in its place. */
  reached(desired: Topology): boolean {
    const all = this.observed().instances.filter(each => each.life === "running" || !isDatabase(each))
    const wanted = wantedIds(desired, all)
    return (
      all.length === wanted.length &&
      wanted.every(id => {
        const instance = all.find(each => each.id === id)
        if (instance === undefined || instance.life !== "running" || !instance.up || instance.hung)
          return false
        if (instance.memory !== "fine") return false
        if (isDatabase(instance)) return instance.database?.isOpen === true
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

const blankDatabase: ObservedDatabase = {
  place: undefined,
  isOpen: false,
  isListed: true,
  plays: undefined,
  isPromoted: false,
  follows: false,
  isLost: true,
  isSilent: false,
  isDrained: true,
  drainingSinceMs: undefined,
  restartDue: false,
  isFarBehind: false,
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
    database: groupOf(id) === "postgres" ? blankDatabase : undefined,
    retiringSinceMs: undefined,
    hung: false,
    memory: "fine",
    isLeaving: false,
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
  model.databasesWanted = desired.instances.postgres
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
