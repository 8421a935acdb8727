import { stageAbove, stageBelow, stages } from "../topology/stages.ts"
import type { GroupName, StageName, Topology } from "../topology/topology.ts"
import { groupNames } from "../topology/topology.ts"
import type { Change } from "../wire/admin.ts"
import { controlError } from "./control-errors.ts"

type Range = { readonly least: number; readonly most: number }
const exactly = (count: number): Range => ({ least: count, most: count })

/** How many of each group a stage may run. */
const limits: Readonly<Record<StageName, Readonly<Record<GroupName, Range>>>> = {
  single: { postgres: exactly(1), app: exactly(1), web: exactly(0), edge: exactly(0) },
  balanced: { postgres: exactly(1), app: exactly(0), web: { least: 1, most: 16 }, edge: exactly(1) },
}

/**
 * The topology a change asks for; `base` is what the configuration file says (`apply` goes back to it).
 * Throws BN1301 to BN1304.
 */
export function changeTopology(desired: Topology, change: Change, base: Topology): Topology {
  if (change.type === "apply") return base
  if (change.type === "scale") return scale(desired, change.instances)
  const next = change.type === "grow" ? stageAbove(desired.stage) : stageBelow(desired.stage)
  if (next === undefined)
    throw controlError(change.type === "grow" ? "BN1301" : "BN1302", { stage: desired.stage })
  // A stage the file describes is entered as the file describes it.
  return next === base.stage ? base : stages[next]
}

function scale(desired: Topology, wanted: Partial<Record<GroupName, number>>): Topology {
  const { stage } = desired
  for (const group of groupNames) {
    const count = wanted[group]
    if (count === undefined) continue
    const { least, most } = limits[stage][group]
    if (most === 0 && count > 0) throw controlError("BN1303", { group, wanted: count, stage })
    if (count < least || count > most)
      throw controlError("BN1304", { group, wanted: count, stage, least, most })
  }
  return { stage, instances: { ...desired.instances, ...wanted } }
}

export function sameTopology(a: Topology, b: Topology): boolean {
  return a.stage === b.stage && groupNames.every(group => a.instances[group] === b.instances[group])
}

/** Nothing at all: what `down` wants. */
export function emptied(topology: Topology): Topology {
  return { stage: topology.stage, instances: { postgres: 0, app: 0, web: 0, edge: 0 } }
}
