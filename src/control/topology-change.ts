import type { Driver } from "../drivers/driver.ts"
import { type Ladder, rungOf, stageAbove, stageBelow, stages } from "../topology/stages.ts"
import type { GroupName, Topology } from "../topology/topology.ts"
import { groupNames, groupOf, scalable, scalesIn } from "../topology/topology.ts"
import type { Change } from "../wire/admin.ts"
import { controlError } from "./control-errors.ts"

/** Where the driver can do nothing to databases, nothing can be replicated. */
export function ladderFor(ladder: Ladder = stages, driver: Pick<Driver, "databases">): Ladder {
  const { replicated: _, ...rest } = ladder
  return driver.databases === undefined ? rest : ladder
}

type Range = { readonly least: number; readonly most: number }
const exactly = (count: number): Range => ({ least: count, most: count })

/** How many of a group a rung may run. */
export function limitsOf({ stage, instances }: Topology, group: GroupName): Range {
  return scalesIn(stage, group) ? scalable[group] : exactly(instances[group])
}

/**
 * The topology a change asks for; `base` is what the configuration file says (`apply` goes back to it), `ladder` where
 * grow and shrink lead. Of a drain, its instance exists.
 * Throws BN1301 to BN1304.
 */
export function changeTopology(desired: Topology, change: Change, base: Topology, ladder: Ladder): Topology {
  if (change.type === "apply") return base
  if (change.type === "switchover" || change.type === "restart") return desired
  if (change.type === "drain") {
    const group = groupOf(change.id)!
    return scale(desired, { [group]: desired.instances[group] - 1 }, ladder)
  }
  if (change.type === "scale") return scale(desired, change.instances, ladder)
  const next = (change.type === "grow" ? stageAbove : stageBelow)(desired.stage, ladder)
  if (next === undefined)
    throw controlError(change.type === "grow" ? "BN1301" : "BN1302", { stage: desired.stage })
  // A stage the file describes is entered as the file describes it.
  return next === base.stage ? base : keepingCounts(rungOf(ladder, next), desired)
}

/** A step between rungs that both scale a group leaves as many of it as there are. */
function keepingCounts(rung: Topology, { stage, instances }: Topology): Topology {
  const kept = groupNames
    .filter(group => scalesIn(stage, group) && scalesIn(rung.stage, group))
    .map(group => [group, instances[group]])
  return { stage: rung.stage, instances: { ...rung.instances, ...Object.fromEntries(kept) } }
}

function scale(desired: Topology, wanted: Partial<Record<GroupName, number>>, ladder: Ladder): Topology {
  const { stage } = desired
  for (const group of groupNames) {
    const count = wanted[group]
    if (count === undefined) continue
    const { least, most } = limitsOf(rungOf(ladder, stage), group)
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
  const rung = rungOf(ladder, stage)
  const fitted = groupNames.map(group => {
    const { least, most } = limitsOf(rung, group)
    return [group, Math.min(most, Math.max(least, instances[group]))]
  })
  return { stage: rung.stage, instances: Object.fromEntries(fitted) as Topology["instances"] }
}

/** Nothing at all: what `down` wants. */
export function emptied(topology: Topology): Topology {
  return { stage: topology.stage, instances: { postgres: 0, app: 0, web: 0, edge: 0 } }
}
