/**
 * What is wanted: how many processes of each group. Pure values.
 *
 * A *group* is a set of interchangeable processes; a *role* is what a process does for a request. In stage
 * `single` one `app` process plays edge and web at once; from `balanced` on each role has processes of its own. Which
 * database is the primary is no matter of the topology: the map says it.
 */
export const groupNames = ["postgres", "app", "web", "edge"] as const
export type GroupName = (typeof groupNames)[number]
export type Role = "edge" | "web" | "primary"

export const rolesOf: Readonly<Record<GroupName, readonly Role[]>> = {
  postgres: ["primary"],
  app: ["edge", "web"],
  web: ["web"],
  edge: ["edge"],
}

export const stageNames = ["single", "balanced", "replicated"] as const
export type StageName = (typeof stageNames)[number]

/** Instances wanted of each group. Every group is named, so that a shrink to zero is said, not implied. */
export type Topology = {
  readonly stage: StageName
  readonly instances: Readonly<Record<GroupName, number>>
}

/**
 * How many of a group may run, from which stage on; of the others, and below it, a stage runs exactly as many as it says.
 * Databases: with fewer than three, whoever loses one has no second any more; each more makes every write wait for one more.
 */
export const scalable = {
  web: { from: "balanced", least: 1, most: 16 },
  edge: { from: "balanced", least: 1, most: 8 },
  postgres: { from: "replicated", least: 3, most: 5 },
} as const satisfies Partial<Record<GroupName, { from: StageName; least: number; most: number }>>
export type ScalableGroup = keyof typeof scalable

/** Whether a stage can be scaled in this group. */
export function scalesIn(stage: StageName, group: GroupName): group is ScalableGroup {
  return isScalable(group) && stageNames.indexOf(stage) >= stageNames.indexOf(scalable[group].from)
}

export function isScalable(group: GroupName): group is ScalableGroup {
  return Object.hasOwn(scalable, group)
}

/** `web-2`: group and ordinal, counted from 1. The lowest free ordinal is taken first. */
export type InstanceId = `${GroupName}-${number}`

export function instanceId(group: GroupName, ordinal: number): InstanceId {
  return `${group}-${ordinal}`
}

export function ordinalOf(id: InstanceId): number {
  return Number(id.slice(id.lastIndexOf("-") + 1))
}

/** The group an id belongs to, or undefined when the text is no instance id. */
export function groupOf(id: string): GroupName | undefined {
  const match = /^([a-z]+)-([1-9][0-9]{0,3})$/.exec(id)
  return groupNames.find(group => group === match?.[1])
}
