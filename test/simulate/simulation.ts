import { withOverrides } from "../../src/control/overrides.ts"
import { wantedIds } from "../../src/control/plan/buckets.ts"
import { sameTopology } from "../../src/control/topology-change.ts"
import { groupOf, rolesOf, type Topology } from "../../src/topology/topology.ts"
import { formatEpoch } from "../../src/wire/epoch.ts"
import { armFaults } from "./faults.ts"
import type { SimProcess } from "./sim-process.ts"
import { type SimOptions, SimWorld } from "./sim-world.ts"
import { Walk } from "./walk.ts"

export type Outcome = {
  readonly seed: number
  /** Empty when all is well. */
  readonly violations: readonly string[]
  /** Same hash, same run. */
  readonly hash: string
  readonly events: number
  readonly simulatedMs: number
  readonly trace: readonly string[] | undefined
}

/** How long a world in which nothing goes wrong any more may take until everything is as wanted. */
const settleWithinMs = 90_000
const lookEveryMs = 50
/** And how long it must stay so: bad news may be on its way. */
const quietMs = 1_000
/** A walk that is not over by then is stuck. */
const walkWithinMs = 600_000

/** One seed: a walk with failures, then peace, then a last supervisor that must find nothing to do. */
export async function simulate(seed: number, options: SimOptions = {}): Promise<Outcome> {
  const world = new SimWorld(seed, options)
  const walk = new Walk(world)
  armFaults(world)
  world.databases.startWriting()
  walk.start()
  const { safety } = world
  const walked = await run(world, () => walk.finished, walkWithinMs)
  if (!walked) safety.violated("the walk does not end")
  if (walked && safety.violations.length === 0) await findPeace(world)
  return {
    seed,
    violations: safety.violations,
    hash: world.trace.hash,
    events: world.trace.count,
    simulatedMs: world.nowMs,
    trace: world.trace.lines,
  }
}

/** Event after event until it is done. False when time is up; true also when something impossible has been seen. */
async function run(world: SimWorld, done: () => boolean, withinMs: number): Promise<boolean> {
  const { clock, safety } = world
  const untilMs = clock.nowMs() + withinMs
  while (!done() && safety.violations.length === 0) {
    const dueMs = clock.nextDueMs()
    if (dueMs === undefined || dueMs > untilMs) return false
    clock.advance(dueMs - clock.nowMs())
    // All that follows from one event at once: promises, then what control puts off to the end of the turn, and its promises.
    await turn()
    await turn()
  }
  return true
}

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

async function findPeace(world: SimWorld): Promise<void> {
  const { safety, supervisors } = world
  world.heal()
  if (world.isDown) world.up()
  if (!(await settle(world))) return void safety.violated(`not settled in peace: ${describe(world)}`)
  checkShape(world)
  // Whoever comes next finds everything in place.
  supervisors.newest?.end("replaced in peace")
  const { calls } = world.driver
  const before = calls.length
  if (!(await settle(world))) return void safety.violated(`not settled after a restart: ${describe(world)}`)
  checkShape(world)
  const touched = calls.slice(before).filter(call => call !== "fence")
  if (touched.length > 0) safety.violated(`a restart in peace did: ${touched.join(", ")}`)
}

/** Waits until control says that it is done, and everybody follows the newest map. */
async function settle(world: SimWorld): Promise<boolean> {
  const { clock, supervisors } = world
  let lookAtMs = 0
  let quietSinceMs: number | undefined
  const isSettled = () => {
    if (world.isDown) return true
    if (clock.nowMs() < lookAtMs) return false
    lookAtMs = clock.nowMs() + lookEveryMs
    quietSinceMs = isQuiet() ? (quietSinceMs ?? clock.nowMs()) : undefined
    return quietSinceMs !== undefined && clock.nowMs() >= quietSinceMs + quietMs
  }
  const isQuiet = () => {
    const state = supervisors.newest?.control.state()
    if (state?.settled !== true) return false
    const epoch = formatEpoch(state.epoch)
    const follows = (process: SimProcess) => !process.hangs && formatEpoch(process.map.epoch) === epoch
    return [...world.processes.values()].every(follows)
  }
  return run(world, isSettled, settleWithinMs)
}

/** Exactly one of the shapes that were promised runs, every process in its place; the next start would want the same. */
function checkShape(world: SimWorld): void {
  const { safety, base, overrides } = world
  if (safety.violations.length > 0) return
  const running = shapeOf(world.driver.running())
  const promised = world.isDown ? [nothing] : safety.ledger.shapes(base)
  const shape = promised.find(each => shapeOf(wantedIds(each, [])) === running)
  if (shape === undefined) {
    const words = promised.map(each => shapeOf(wantedIds(each, []))).join(" or ")
    return void safety.violated(`${running} runs; promised: ${words || "neither old nor new"}`)
  }
  for (const { id, front, web } of world.processes.values()) {
    const roles = rolesOf[groupOf(id)!]
    if (roles.includes("edge") && front !== "open") safety.violated(`${id} is ${front} in peace`)
    if (roles.includes("web") && web !== "serving") safety.violated(`${id} is ${web} in peace`)
  }
  if (world.isDown) safety.nothingLost()
  else safety.databasesInPeace(shape.instances.postgres)
  if (!world.isDown && !sameTopology(withOverrides(base, overrides), shape))
    safety.violated(`the overrides (${overrides?.by ?? "none"}) want something else than ${running}`)
}

/** How many of each group: which numbers they have is nobody's business. */
function shapeOf(ids: readonly string[]): string {
  const groups = Map.groupBy(ids, id => groupOf(id))
  return [...groups]
    .map(([group, { length }]) => `${group}=${length}`)
    .sort()
    .join(" ")
}

const nothing: Topology = { stage: "single", instances: { postgres: 0, app: 0, web: 0, edge: 0 } }

function describe(world: SimWorld): string {
  const { newest } = world.supervisors
  const plan = newest?.control.state().plan
  const rest = plan?.phases.flat().filter(step => step.state !== "done")
  const steps = rest?.map(({ kind, id, state }) => `${kind} ${id} ${state}`).join(", ")
  return `${world.driver.running().join(" ")} runs; s${newest?.number} has ${plan?.id ?? "no plan"} left: ${steps}`
}
