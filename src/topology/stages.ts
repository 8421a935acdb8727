import type { StageName, Topology } from "./topology.ts"
import { stageNames } from "./topology.ts"

/** Where a service has nothing to replicate, its ladder ends at `balanced`. */
export type Ladder = Readonly<Record<Exclude<StageName, "replicated">, Topology>> & {
  readonly replicated?: Topology
}

/** The ladder's rungs, as values. `grow` goes one up, `shrink` one down, `scale` sideways. */
export const stages = {
  /** One app process (edge and web in one) serves the public port; one Postgres beside it. */
  single: { stage: "single", instances: { postgres: 1, app: 1, web: 0, edge: 0 } },
  /** A load balancer in front of stateless web instances. */
  balanced: { stage: "balanced", instances: { postgres: 1, app: 0, web: 2, edge: 1 } },
  /** A primary and two replicas: any one of them may die, nothing acknowledged is lost. */
  replicated: { stage: "replicated", instances: { postgres: 3, app: 0, web: 2, edge: 1 } },
} as const satisfies Ladder

/** The same where the database is somebody else's. */
export const stagesWithoutDatabase: Ladder = {
  single: { stage: "single", instances: { ...stages.single.instances, postgres: 0 } },
  balanced: { stage: "balanced", instances: { ...stages.balanced.instances, postgres: 0 } },
}

/**
 * The ladder of a program of the user's own, which cannot share a process with the front door: that one stands before
 * it at every stage, and stays the same one from rung to rung.
 */
export function programLadder(postgres: 0 | 1): Ladder {
  return {
    single: { stage: "single", instances: { postgres, app: 0, web: 1, edge: 1 } },
    balanced: { stage: "balanced", instances: { postgres, app: 0, web: 2, edge: 1 } },
    ...(postgres === 1 && {
      replicated: { stage: "replicated", instances: { postgres: 3, app: 0, web: 2, edge: 1 } },
    }),
  }
}

export function stageAbove(stage: StageName, ladder: Ladder): StageName | undefined {
  return rungsOf(ladder)[rungsOf(ladder).indexOf(stage) + 1]
}

export function stageBelow(stage: StageName, ladder: Ladder): StageName | undefined {
  return rungsOf(ladder)[rungsOf(ladder).indexOf(stage) - 1]
}

function rungsOf(ladder: Ladder): StageName[] {
  return stageNames.filter(stage => ladder[stage] !== undefined)
}

/** The rung of that name; of a ladder that does not go so far, its highest. */
export function rungOf(ladder: Ladder, stage: StageName): Topology {
  return ladder[stage] ?? ladder.balanced
}
