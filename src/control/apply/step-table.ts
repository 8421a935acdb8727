import { groupOf } from "../../topology/topology.ts"
import { controlError } from "../control-errors.ts"
import { isRestart } from "../plan/database-restarts.ts"
import { isDatabase, type ObservedInstance } from "../plan/observed.ts"
import { isSettledOn, quorumsOf } from "../plan/quorum.ts"
import type { Step, StepKind } from "../plan/steps.ts"
import { stepKey } from "../plan/steps.ts"
import { usesDatabases } from "./connection-share.ts"
import {
  applyQuorum,
  attach,
  detach,
  failOver,
  openDatabase,
  quorumWanted,
  switchOver,
} from "./database-steps.ts"
import { whileDetachedRetry } from "./driver-calls.ts"
import { isNamed } from "./edit-databases.ts"
import { makeRoom } from "./make-room.ts"
import type { StepContext } from "./step-context.ts"
import { untilWorld } from "./wait.ts"

/** One kind of step: how to see that it is done, and how to do it. How it is undone: `undoneBy` in plan/steps.ts. */
export type StepRow = {
  /** `undefined`: the instance is nowhere. */
  readonly check: (instance: ObservedInstance | undefined, context: StepContext, step: Step) => boolean
  /** Safe to repeat: a control plane that died in the middle does it again. */
  readonly act: (step: Step, context: StepContext, signal: AbortSignal) => Promise<void>
  /** Its process must live for this step; for the others its end is as good as done. */
  readonly needsLife: boolean
  /** How long it may take; the step has failed then, or, for a retirement, is over. */
  readonly limitMs: (context: StepContext) => number | undefined
  /** What a wait that was too long waited for, in words. */
  readonly awaited: string
}

/** Grace after SIGTERM for a process that has nothing left to do; a database writes its last checkpoint. */
const stopGraceMs = 5_000
const databaseStopGraceMs = 30_000

const readyLimit = (context: StepContext) => context.readyTimeoutMs
const drainLimit = (context: StepContext) => context.drainDeadlineMs()
const noLimit = () => undefined
const publish: StepRow["act"] = (step, context) => context.publisher.publish(step)

/** What is done shows at once, but for a look that was under way. */
const settleMs = 1_000

export const stepTable: Readonly<Record<StepKind, StepRow>> = {
  start: {
    check: instance => instance?.life === "running" && instance.up,
    act: start,
    needsLife: true,
    limitMs: readyLimit,
    awaited: "not ready",
  },
  route: {
    check: instance =>
      instance !== undefined &&
      (isDatabase(instance) ? instance.database?.isOpen === true : instance.backend === "routed"),
    act: (step, context, signal) =>
      isDatabase({ group: groupOf(step.id)! })
        ? openDatabase(step, context, signal)
        : publish(step, context, signal),
    needsLife: true,
    limitMs: readyLimit,
    awaited: "not every front door has seen it healthy",
  },
  attach: {
    check: (instance, _, { reason }) =>
      instance?.up === true &&
      instance.database?.follows === true &&
      !(isRestart({ reason }) && instance.database.restartDue) &&
      !(reason === "farBehind" && instance.database.isFarBehind),
    act: attach,
    needsLife: true,
    limitMs: readyLimit,
    awaited: "it does not receive the primary's log",
  },
  quorum: {
    check: (instance, context) => {
      const wanted = instance && quorumWanted(instance.id, context)
      return wanted === undefined || isSettledOn(quorumsOf(context.map().quorums, instance!.id), wanted)
    },
    act: applyQuorum,
    // Who is to count may change in the very moment after: that is for the next plan, not to be waited for.
    needsLife: false,
    limitMs: () => settleMs,
    awaited: "replicas come and go",
  },
  "fail-over": {
    check: instance => instance?.database?.place !== "primary",
    act: failOver,
    needsLife: false,
    limitMs: readyLimit,
    awaited: "the map does not name the new primary",
  },
  "switch-over": {
    check: instance => instance?.database?.place === "primary",
    act: switchOver,
    needsLife: true,
    limitMs: readyLimit,
    awaited: "the map does not name it",
  },
  open: {
    check: instance => instance?.front === "open",
    act: open,
    needsLife: true,
    limitMs: readyLimit,
    awaited: "it does not accept connections",
  },
  close: {
    check: instance => instance === undefined || instance.front === "none" || instance.front === "drained",
    act: publish,
    needsLife: false,
    limitMs: drainLimit,
    awaited: "connections are left",
  },
  drain: {
    check: instance =>
      instance === undefined ||
      (isDatabase(instance)
        ? instance.database?.isDrained === true
        : instance.backend === "none" || instance.backend === "drained"),
    act: publish,
    needsLife: false,
    limitMs: drainLimit,
    awaited: "requests are left",
  },
  stop: {
    check: isNowhere,
    act: stop,
    needsLife: false,
    limitMs: noLimit,
    awaited: "it still runs",
  },
  detach: {
    check: instance => instance === undefined,
    act: detach,
    needsLife: false,
    limitMs: noLimit,
    awaited: "it is still there",
  },
  kill: {
    check: instance => instance?.life !== "running",
    act: kill,
    needsLife: false,
    limitMs: noLimit,
    awaited: "it still runs",
  },
  forget: {
    check: isNowhere,
    act: forget,
    needsLife: false,
    limitMs: noLimit,
    awaited: "it is still listed",
  },
}

/** A database that has ended in order stays on the map. */
function isNowhere(instance: ObservedInstance | undefined): boolean {
  return instance === undefined || (isDatabase(instance) && instance.database?.isListed !== true)
}

async function start(step: Step, context: StepContext, signal: AbortSignal): Promise<void> {
  const { id } = step
  const { world, driver, clock } = context
  const known = world.instance(id)
  if (known !== undefined && known.state !== "exited") return
  const call = <T>(doIt: () => Promise<T>) => whileDetachedRetry(doIt, clock, signal)
  if (known !== undefined) await call(() => driver.forget(id, context.epoch()))
  if (usesDatabases(id)) await makeRoom(step, context, signal)
  world.expectLife(id)
  const spec = { id, group: groupOf(id)!, version: context.version }
  try {
    await call(() => driver.start(spec, context.map(), context.epoch()))
  } catch (error) {
    world.countFailure(id)
    throw error
  }
  await call(() => world.refresh())
  const born = world.instance(id)
  if (isDatabase(spec) && born !== undefined && !isNamed(context.map(), id, born))
    await context.publisher.publish(step)
}

async function open(step: Step, context: StepContext, signal: AbortSignal): Promise<void> {
  const ready = () => context.world.observedInstance(step.id)?.frontReady === true
  const gone = () => context.world.observedInstance(step.id)?.life !== "running"
  const timeoutMs = context.readyTimeoutMs
  const outcome = await untilWorld(context.world, context.clock, () => ready() || gone(), {
    timeoutMs,
    signal,
  })
  if (gone() || outcome === "given-up") return
  if (outcome === "timed-out") {
    const reason = "its front door saw no healthy backend"
    throw controlError("BN1312", { step: stepKey(step), reason, timeoutMs })
  }
  await context.publisher.publish(step)
}

async function stop(step: Step, context: StepContext, signal: AbortSignal): Promise<void> {
  const { world, driver, clock } = context
  const isLastOut = isDatabase({ group: groupOf(step.id)! })
  if (isLastOut && !(await untilUnused(context, signal))) return
  const graceMs = isLastOut ? databaseStopGraceMs : stopGraceMs
  world.expectEnd(step.id)
  await whileDetachedRetry(() => driver.stop(step.id, graceMs, context.epoch()), clock, signal)
  await forget(step, context, signal)
}

/** Looks anew: the agent may have started somebody whose birth nobody has heard of. False when given up. */
async function untilUnused({ world, clock }: StepContext, signal: AbortSignal): Promise<boolean> {
  await whileDetachedRetry(() => world.refresh(), clock, signal)
  const unused = () => world.instances().every(each => isDatabase(each) || each.state === "exited")
  return (await untilWorld(world, clock, unused, { signal })) === "met"
}

/**
 * Of one that hangs the driver looks anew: this control plane may have been stopped itself since it judged. Who is
 * spared is heard again, or grows too large while this step still waits for its end.
 */
async function kill({ id }: Step, context: StepContext, signal: AbortSignal): Promise<void> {
  const { world, driver, clock } = context
  const isGone = () => world.observedInstance(id)?.life !== "running"
  const isOversized = () => world.memory.judgementOf(id) === "kill"
  const killUnless = async (heardWithinMs: number) => {
    await whileDetachedRetry(() => driver.kill(id, heardWithinMs, context.epoch()), clock, signal)
    await whileDetachedRetry(() => world.refresh(), clock, signal)
  }
  if (!isOversized()) {
    await killUnless(context.hungAfterMs)
    await untilWorld(world, clock, () => isGone() || isOversized(), { signal })
  }
  if (!isGone() && !signal.aborted) await killUnless(0)
}

async function forget(step: Step, context: StepContext, signal: AbortSignal): Promise<void> {
  const { world, driver, clock } = context
  if (!isDatabase({ group: groupOf(step.id)! })) await context.publisher.publish(step)
  await whileDetachedRetry(
    async () => {
      await driver.forget(step.id, context.epoch())
      await world.refresh()
    },
    clock,
    signal,
  )
}
