import type { InstanceId } from "../../topology/topology.ts"
import type { Observed, ObservedInstance } from "./observed.ts"

/** What somebody asked of one life of an instance; over when that life is. */
export type Asked = {
  /** `leave`: it is none of those that are wanted. `restart`: of a database, which keeps its id and its data. */
  readonly what: "leave" | "restart"
  readonly id: InstanceId
  /** Names the life. */
  readonly startedAtMs: number
  /** When it was asked; wall clock, as above. */
  readonly atMs: number
}

/** What a change wishes of single instances. */
export type Wish = { readonly primary?: InstanceId | undefined; readonly asked?: Asked | undefined }

/** As the planner is to see it. Whoever is the primary is not let go: it may have become it since that was asked for. */
export function withAsked(instance: ObservedInstance, asked: Asked | null | undefined): ObservedInstance {
  if (asked?.id !== instance.id || instance.life !== "running") return instance
  const { database } = instance
  if (database === undefined) return { ...instance, isLeaving: asked.what === "leave" }
  if (asked.what === "restart") return { ...instance, database: { ...database, restartDue: "asked" } }
  return { ...instance, isLeaving: database.place !== "primary" && !database.isPromoted }
}

/** The same world, once this process has ended: what a plan would make of that. */
export function withEnded(observed: Observed, id: string): Observed {
  const instances = observed.instances.map(instance => {
    if (instance.id !== id) return instance
    const { database } = instance
    const lost = database && { ...database, follows: false, isLost: true, isSilent: false, plays: undefined }
    return { ...instance, life: "exited", up: false, hung: false, memory: "fine", database: lost } as const
  })
  return { ...observed, instances }
}
