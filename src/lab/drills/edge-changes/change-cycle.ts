import { type Random, randomInt } from "../../../kit/random.ts"
import { sumCounts } from "../../../kit/sum-counts.ts"
import type { Change, PlanView, StepView } from "../../../wire/admin.ts"

/** One change of what stands behind, or is, the front door. */
export type FrontDoorChange = {
  readonly name: string
  /** Asked of the control plane; without one the front door is told to leave (SIGTERM), and another takes its place. */
  readonly change?: Change
}

type Counts = { readonly web: number; readonly edge: number }

/** What `grow` brings. */
const grown: Counts = { web: 2, edge: 1 }
const most: Counts = { web: 4, edge: 2 }
/** Of the changes sideways, about: the others add or take away web instances. */
const edgeShare = 0.25

/**
 * From one process to a front door before web instances, sideways `sideways` times, and back to one process: the way
 * back by `shrink` or, each other time, by `apply`. Sideways front doors and web instances become more and fewer; once
 * one of two front doors is told to leave, so that the other one takes in who comes meanwhile.
 */
export function changeCycle(nth: number, sideways: number, random: Random): FrontDoorChange[] {
  const leavesAt = 1 + randomInt(random, sideways - 1)
  let counts = grown
  const changes = Array.from({ length: sideways }, (_, index): FrontDoorChange => {
    if (index === leavesAt) return { name: "a front door leaves" }
    const group = groupAt(index === leavesAt - 1, counts, random)
    const count = anotherCount(counts[group], most[group], random)
    counts = { ...counts, [group]: count }
    return { name: `${group}=${count}`, change: { type: "scale", instances: { [group]: count } } }
  })
  const down = nth % 2 === 1 ? "shrink" : "apply"
  return [{ name: "grow", change: { type: "grow" } }, ...changes, { name: down, change: { type: down } }]
}

/** Whose number changes; before a front door leaves there are two. */
function groupAt(oneLeavesNext: boolean, { edge }: Counts, random: Random): keyof Counts {
  if (oneLeavesNext) return edge === most.edge ? "web" : "edge"
  return random() < edgeShare ? "edge" : "web"
}

/** From 1 to `most`, and not the same again. */
function anotherCount(count: number, most: number, random: Random): number {
  const other = 1 + randomInt(random, most - 1)
  return other < count ? other : other + 1
}

/** What changed how often: `backends added: 3`. */
export type Transitions = Readonly<Record<string, number>>

const kinds: Readonly<Partial<Record<StepView["kind"], string>>> = {
  route: "backends added",
  drain: "backends drained and taken away",
  open: "front doors opened",
  close: "front doors closed",
}

/** The transitions a plan has made of what the front door is or knows. */
export function transitionsOf({ phases }: PlanView): Transitions {
  const done = phases.flat().filter(({ state }) => state === "done")
  return sumCounts(done.flatMap(({ kind }) => (kinds[kind] === undefined ? [] : [{ [kinds[kind]]: 1 }])))
}
