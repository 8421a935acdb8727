import type { InstanceId, Topology } from "../topology/topology.ts"
import type { Change, PlanView } from "../wire/admin.ts"
import type { ControlOptions } from "./control.ts"
import { controlError } from "./control-errors.ts"
import { primaryOf } from "./observe/database-watch.ts"
import type { World } from "./observe/world.ts"
import { type Asked, type Wish, withEnded } from "./plan/asked.ts"
import { isDatabase } from "./plan/observed.ts"
import { plan } from "./plan/plan.ts"
import { proposePlan, wordsOf } from "./plan-starts.ts"
import { chooseTarget } from "./switchover-target.ts"

type Chosen = {
  /** Undefined: it wishes nothing of single instances. */
  readonly wish: Wish | undefined
  /** The change in the words of the command line, with whom it is about. */
  readonly words: string
}

/** Of which instances a change wishes something. Throws BN1306, BN1352, BN1355. */
export function chosen(world: World, change: Change, nowMs: number): Chosen {
  const words = wordsOf(change)
  if (change.type === "switchover") {
    if (change.to !== undefined && world.instance(change.to) === undefined)
      throw unknownInstance(world, change.to)
    const primary = chooseTarget(world, change.to)
    return { wish: { primary }, words: wordsOf({ type: "switchover", to: primary }) }
  }
  if (change.type !== "drain" && change.type !== "restart") return { wish: undefined, words }
  return { wish: { asked: { ...chooseInstance(world, change.type, change.id), atMs: nowMs } }, words }
}

/** What would be mended if this process ended now. Throws BN1306. */
export function planAfterTheEndOf(
  named: string,
  world: World,
  desired: Topology,
  { clock, settings }: Pick<ControlOptions, "clock" | "settings">,
): PlanView {
  const { id } = livingInstance(world, named)
  const rules = { drainDeadlineMs: settings.drainTimeoutMs }
  const mended = plan(desired, withEnded(world.observed(), id), clock.monotonicMs(), rules)
  return proposePlan(`${id} has ended`, desired.stage, desired.stage, mended)
}

/** One that runs. Throws BN1306. */
export function livingInstance(world: World, id: string) {
  const instance = world.instance(id)
  if (instance !== undefined && instance.state !== "exited") return instance
  throw unknownInstance(world, id)
}

function unknownInstance(world: World, id: string) {
  const living = world.instances().filter(each => each.state !== "exited")
  return controlError("BN1306", { id, known: living.map(each => each.id).join(", ") || "none" })
}

function chooseInstance(world: World, deed: "drain" | "restart", named: string): Omit<Asked, "atMs"> {
  const { id, group, startedAtMs } = livingInstance(world, named)
  const refuse = (reason: string) => controlError("BN1355", { deed, id, reason })
  if (world.observedInstance(id)?.retiringSinceMs !== undefined) throw refuse("it is leaving already")
  // Of all others a fresh one takes the place: only a database keeps its id and its data.
  const staysItself = deed === "restart" && isDatabase({ group })
  const reason = staysItself ? whyNoRestart(world, id) : whyNoLeaving(world, id)
  if (reason !== undefined) throw refuse(reason)
  return { what: staysItself ? "restart" : "leave", id, startedAtMs }
}

function whyNoLeaving(world: World, id: InstanceId): string | undefined {
  const isPrimary = primaryOf(world.map)?.id === id
  return isPrimary ? "it is the primary, and everything written goes there" : undefined
}

/** While a database is away, another one must stand in for it. */
function whyNoRestart(world: World, id: InstanceId): string | undefined {
  const others = (world.map?.databases ?? []).filter(each => each.id !== id)
  if (others.length === 0) return "it is the only database: nothing could stand in for it"
  const primary = primaryOf(world.map)?.id
  const absent = others.filter(other => {
    const seen = world.observedInstance(other.id)
    const isInPlace = seen?.up === true && seen.database?.isOpen === true
    return !isInPlace || (other.id !== primary && !seen.database?.follows)
  })
  return absent.length === 0
    ? undefined
    : `${absent.map(each => each.id).join(", ")} cannot stand in for it now`
}
