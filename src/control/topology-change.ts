import { type Ladder, stageAbove, stageBelow } from "../topology/stages.ts"
import type { GroupName, Topology } from "../topology/topology.ts"
import { groupNames, isScalable, scalable } from "../topology/topology.ts"
import type { Change } from "../wire/admin.ts"
import { controlError } from "./control-errors.ts"

type Range = { readonly least: number; readonly most: number }
const exactly = (count: number): Range => ({ least: count, most: count })

/** How many of a group a rung may run: only what is balanced can be scaled. */
function limitsOf({ stage, instances }: Topology, group: GroupName): Range {
  return stage === "balanced" && isScalable(group) ? scalable[group] : exactly(instances[group])
}

/**
 * The topology a change asks for; `base` is what the configuration file says (`apply` goes back to it), `ladder` where
 * grow and shrink lead.
 * Throws BN1301 to BN1304.
 */
export function changeTopology(desired: Topology, change: Change, base: Topology, ladder: Ladder): Topology {
  if (change.type === "apply") return base
  if (change.type === "scale") return scale(desired, change.instances, ladder)
  const next = change.type === "grow" ? stageAbove(desired.stage) : stageBelow(desired.stage)
  if (next === undefined)
    throw controlError(change.type === "grow" ? "BN1301" : "BN1302", { stage: desired.stage })
  // A stage the file describes is entered as the file describes it.
  return next === base.stage ? base : ladder[next]
}

function scale(desired: Topology, wanted: Partial<Record<GroupName, number>>, ladder: Ladder): Topology {
  const { stage } = desired
  for (const group of groupNames) {
    const count = wanted[group]
    if (count === undefined) continue
    const { least, most } = limitsOf(ladder[stage], group)
    if (most === 0 && count > 0) throw controlError("BN1303", { group, wanted: count, stage })
    if (count < least || count > most)
      throw controlError("BN1304", { group, wanted: count, stage, least, most })
  }
  return { stage, instances: { ...desired.instances, ...wanted } }
}

export function sameTopology(a: Topology, b: Topology): boolean {
  return a.stage === b.stage && groupNames.every(group => a.instances[group] === b.instances[group])
}

/**
 * A topology said earlier, on this ladder: a configuration may have changed from an app to a program since, and a group
 * of which a rung runs a fixed number runs that many.
 */
export function onLadder({ stage, instances }: Topology, ladder: Ladder): Topology {
  const fitted = groupNames.map(group => {
    const { least, most } = limitsOf(ladder[stage], group)
    return [group, Math.min(most, Math.max(least, instances[group]))]
  })
  return { stage, instances: Object.fromEntries(fitted) as Topology["instances"] }
}

/** Nothing at all: what `down` wants. */
export function emptied(topology: Topology): Topology {
  return { stage: topology.stage, instances: { postgres: 0, app: 0, web: 0, edge: 0 } }
}
