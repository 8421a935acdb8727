import { type Random, randomInt, seededRandom } from "../../../kit/random.ts"
import type { Ways } from "../../faults/toxic-proxy/toxic.ts"
import type { Victim } from "../stage/fault-costs.ts"
import { type Link, links } from "./link-proxies.ts"

export type StageName = "single" | "balanced"

/** A `freeze` is thawed soon, a `hang` never. */
const processFaults = ["kill", "freeze", "hang"] as const
export type ProcessFault = (typeof processFaults)[number]

/** What is done to whom in one episode. */
export type Planned = PlannedStrike | PlannedCut

export type PlannedStrike = {
  readonly fault: ProcessFault
  readonly stage: StageName
  readonly victim: Victim
  /** Front doors of stage `balanced`. Default: one. */
  readonly fronts?: 2
}

export type PlannedCut = {
  readonly fault: "cut"
  readonly stage: StageName
  readonly link: Link
  readonly ways: Ways
  /** A toxic proxy, or a packet filter in a network of the drill's own. */
  readonly by: "proxy" | "packets"
}

const stages: readonly StageName[] = ["single", "balanced"]
const victims: readonly Victim[] = ["app", "web", "edge", "supervisor", "agent", "postgres"]
const allWays: readonly Ways[] = ["up", "down", "both"]

/** How often each victim is struck in full form, at all its stages together; a link that often each way. */
const timesOf = { kill: 20, freeze: 10, hang: 10, cut: 4 } as const

/** Of two front doors one: half as often again. */
const oneOfTwo = (fault: ProcessFault): PlannedStrike => ({
  ...{ fault, stage: "balanced", victim: "edge" },
  fronts: 2,
})

/** Every process is killed, frozen for a while and for good, and cut off, stage by stage; cuts last. */
export function fullSeries(): Planned[] {
  const strikes = stages.flatMap(stage =>
    processFaults.flatMap(fault =>
      victimsOf(fault)
        .filter(victim => stagesOf(victim).includes(stage))
        .flatMap(victim =>
          times<Planned>(timesOf[fault] / stagesOf(victim).length, { fault, stage, victim }),
        ),
    ),
  )
  const ofTwo = processFaults.flatMap(fault => times<Planned>(timesOf[fault] / 2, oneOfTwo(fault)))
  return [...strikes, ...ofTwo, ...cuts(timesOf.cut)]
}

/**
 * Every victim is killed and frozen once, every link cut once, one of two front doors struck, and somebody hangs, which
 * takes longer. The seed chooses who that is, the stage where a victim has two, and the way of each cut.
 */
export function shortSeries(seed: number): Planned[] {
  const random = seededRandom(seed)
  const strike = (fault: ProcessFault, victim: Victim): Planned => {
    return { fault, victim, stage: oneOf(stagesOf(victim), random) }
  }
  const strikes = [
    ...victimsOf("kill").map(victim => strike("kill", victim)),
    ...victimsOf("freeze").map(victim => strike("freeze", victim)),
    strike("hang", oneOf(victimsOf("hang"), random)),
  ]
  const byLink = Map.groupBy(cuts(1), ({ link, by }) => `${link} ${by}`)
  return [
    ...stages.flatMap(stage => strikes.filter(each => each.stage === stage)),
    oneOfTwo(oneOf(["kill", "freeze"], random)),
    ...[...byLink.values()].map(each => oneOf(each, random)),
  ]
}

/** What it is called in a report: `kill web`, `cut edge-web up`. */
export function nameOf(planned: Planned): string {
  if (planned.fault !== "cut")
    return `${planned.fault} ${planned.fronts === 2 ? "one of two edges" : planned.victim}`
  const ways = planned.ways === "both" ? "both ways" : planned.ways
  return `cut ${planned.link} ${ways}${planned.by === "packets" ? ", packets dropped" : ""}`
}

function cuts(count: number): PlannedCut[] {
  const cut = (link: Link, by: PlannedCut["by"]) =>
    allWays.flatMap(ways => times<PlannedCut>(count, { stage: "balanced", fault: "cut", link, ways, by }))
  return [...links.flatMap(link => cut(link, "proxy")), ...cut("client-edge", "packets")]
}

function stagesOf(victim: Victim): readonly StageName[] {
  if (victim === "app") return ["single"]
  return victim === "web" || victim === "edge" ? ["balanced"] : stages
}

/** A database that hangs holds all work until it goes on: nobody replaces it. */
function victimsOf(fault: ProcessFault): readonly Victim[] {
  return fault === "hang" ? victims.filter(victim => victim !== "postgres") : victims
}

function times<T extends Planned>(count: number, planned: T): T[] {
  return Array.from({ length: count }, () => planned)
}

function oneOf<T>(items: readonly T[], random: Random): T {
  return items[randomInt(random, items.length)] as T
}
