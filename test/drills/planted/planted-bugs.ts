import { controlBugs } from "./control-bugs.ts"
import { dataBugs } from "./data-bugs.ts"
import { edgeBugs } from "./edge-bugs.ts"
import type { PlantedBug } from "./planted-bug.ts"

/** Bugs the product could have, by name. The lab is worth what it catches of them. */
export const plantedBugs: Readonly<Record<string, PlantedBug>> = { ...edgeBugs, ...controlBugs, ...dataBugs }

export function bugNamed(name: string): PlantedBug {
  const bug = plantedBugs[name]
  if (bug === undefined) throw new Error(`no bug is called ${name}`)
  return bug
}
