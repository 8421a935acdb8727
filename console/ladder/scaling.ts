import type { LadderView, PlanView, StateView } from "banyan/admin"

export type Stepper = {
  readonly group: string
  readonly count: number
  readonly least: number
  readonly most: number
}

/** Groups in the order of a request's way. */
const way = ["edge", "app", "web", "postgres"]

/** What can be scaled where the service is wanted to be. */
export function steppersOf({ desired }: Pick<StateView, "desired">, ladder: LadderView): Stepper[] {
  const stage = ladder.stages.find(({ name }) => name === desired.stage)
  const places = Object.entries(stage?.scales ?? {}).toSorted(([a], [b]) => way.indexOf(a) - way.indexOf(b))
  return places.map(([group, { least, most }]) => ({
    group,
    count: desired.instances[group] ?? 0,
    least,
    most,
  }))
}

/** Nothing new is begun while a change runs; a repair gives way. */
export function isBusy(plan: PlanView | null): boolean {
  return (
    plan !== null &&
    ["grow", "shrink", "apply", "down", "scale", "switchover", "restart", "drain"].includes(
      plan.trigger.split(" ")[0]!,
    )
  )
}
