import { stageWords } from "../topology/stage-words.ts"
import type { Ladder } from "../topology/stages.ts"
import { groupNames, type StageName, stageNames } from "../topology/topology.ts"
import type { InstanceView, LadderView } from "../wire/admin.ts"
import { limitsOf } from "./topology-change.ts"

export type Measured = NonNullable<LadderView["stages"][number]["measured"]>

/** Every rung: what it adds and costs, what it runs, between which counts it scales, and what it took when it was seen. */
export function viewLadder(ladder: Ladder, measured: ReadonlyMap<StageName, Measured>): LadderView {
  return {
    schema: 1,
    stages: stageNames.flatMap(name => {
      const rung = ladder[name]
      if (rung === undefined) return []
      const seen = measured.get(name)
      const scales = groupNames.flatMap(group => {
        const { least, most } = limitsOf(rung, group)
        return least === most ? [] : [[group, { least, most }] as const]
      })
      return {
        name,
        ...stageWords[name],
        instances: rung.instances,
        scales: Object.fromEntries(scales),
        ...(seen && { measured: seen }),
      }
    }),
  }
}

/** What everybody holds at this moment; undefined while somebody's memory is not known yet. */
export function measure(instances: readonly InstanceView[], atMs: number): Measured | undefined {
  const living = instances.filter(({ state }) => state !== "exited")
  if (living.length === 0 || living.some(({ memoryMb }) => memoryMb === undefined)) return undefined
  const memoryMb = living.reduce((sum, each) => sum + each.memoryMb!, 0)
  return { processes: living.length, memoryMb, atMs }
}
