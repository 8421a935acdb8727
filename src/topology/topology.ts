/**
 * What is wanted: how many processes of each group. Pure values.
 *
 * A *group* is a set of interchangeable processes; a *role* is what a process does for a request. In stage
 * `single` one `app` process plays edge and web at once; from `balanced` on each role has processes of its own.
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

export const stageNames = ["single", "balanced"] as const
export type StageName = (typeof stageNames)[number]

/** Instances wanted of each group. Every group is named, so that a shrink to zero is said, not implied. */
export type Topology = {
  readonly stage: StageName
  readonly instances: Readonly<Record<GroupName, number>>
}

/** How many of a group stage `balanced` may run; of the others a stage runs exactly as many as it says. */
export const scalable = { web: { least: 1, most: 16 }, edge: { least: 1, most: 8 } } as const
export type ScalableGroup = keyof typeof scalable

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
