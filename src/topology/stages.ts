import type { StageName, Topology } from "./topology.ts"
import { stageNames } from "./topology.ts"

export type Ladder = Readonly<Record<StageName, Topology>>

/** The ladder's rungs, as values. `grow` goes one up, `shrink` one down, `scale` sideways. */
export const stages: Ladder = {
  /** One app process (edge and web in one) serves the public port; one Postgres beside it. */
  single: { stage: "single", instances: { postgres: 1, app: 1, web: 0, edge: 0 } },
  /** A load balancer in front of stateless web instances. */
  balanced: { stage: "balanced", instances: { postgres: 1, app: 0, web: 2, edge: 1 } },
}

/**
 * The ladder of a program of the user's own, which cannot share a process with the front door: that one stands before
 * it at every stage, and stays the same one from rung to rung.
 */
export function programLadder(postgres: 0 | 1): Ladder {
  return {
    single: { stage: "single", instances: { postgres, app: 0, web: 1, edge: 1 } },
    balanced: { stage: "balanced", instances: { postgres, app: 0, web: 2, edge: 1 } },
  }
}

export function stageAbove(stage: StageName): StageName | undefined {
  return stageNames[stageNames.indexOf(stage) + 1]
}

export function stageBelow(stage: StageName): StageName | undefined {
  return stageNames[stageNames.indexOf(stage) - 1]
}
