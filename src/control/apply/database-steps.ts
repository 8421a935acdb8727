import type {
  DatabaseAct,
  DatabaseHost,
  DatabaseOutcome,
  PromotionRecord,
} from "../../drivers/database-acts.ts"
import { messageOf } from "../../kit/errors.ts"
import type { InstanceId } from "../../topology/topology.ts"
import { compareEpochs } from "../../wire/epoch.ts"
import type { Quorum } from "../../wire/map.ts"
import { controlError } from "../control-errors.ts"
import { isDoneWith, timelineOf } from "../observe/database-watch.ts"
import { isRestart } from "../plan/database-restarts.ts"
import { answeringOf, wantedDatabases } from "../plan/databases.ts"
import { isSettledOn, quorumOf, quorumsOf, surestOf, wantedQuorum } from "../plan/quorum.ts"
import type { Step } from "../plan/steps.ts"
import { whileDetachedRetry } from "./driver-calls.ts"
import { withoutPause, withPause, withPossibleQuorum, withPromotion, withQuorum } from "./edit-databases.ts"
import type { StepContext } from "./step-context.ts"
import { untilWorld } from "./wait.ts"

/** How each step that is about databases is done. All of them are safe to repeat. */

/** Grace after SIGTERM for a replica: it has nothing of its own to write. */
const replicaStopGraceMs = 10_000
/** How long writes may wait for what is under way before a switchover is given up. */
const pauseWithinMs = 3_000

/**
 * Both may be in force while it is changed, so both are written down first: a promotion must be safe by either. Who is to
 * count may have changed by the time it is done; then it is changed again.
 */
export async function applyQuorum({ id }: Step, context: StepContext, signal: AbortSignal): Promise<void> {
  const { map } = context
  for (;;) {
    const quorum = quorumWanted(id, context)
    if (quorum === undefined || isSettledOn(quorumsOf(map().quorums, id), quorum) || signal.aborted) return
    await setQuorum(id, quorum, context, signal)
  }
}

async function setQuorum(primary: InstanceId, quorum: Quorum, context: StepContext, signal: AbortSignal) {
  const { publisher } = context
  await publisher.amend(map => withPossibleQuorum(map, quorum))
  const members = quorum.members as readonly InstanceId[]
  const deed = { act: "quorum", primary, quorum: { ...quorum, members } } as const
  mustBeDone(await act(context, deed, signal), `quorum ${primary}`)
  await publisher.amend(map => withQuorum(map, quorum))
}

/** What commits on this primary shall wait for now; undefined: it is none any more. */
export function quorumWanted(id: InstanceId, { world, desired, map }: StepContext) {
  const primary = world.observedInstance(id)
  if (primary?.database?.place !== "primary") return undefined
  const { instances } = world.observed()
  const wanted = wantedDatabases(desired().instances.postgres, instances)
  return wantedQuorum(primary, wanted, instances, quorumsOf(map().quorums, id))
}

export async function attach(step: Step, context: StepContext, signal: AbortSignal): Promise<void> {
  const { id, reason } = step
  const { world, publisher, clock } = context
  const primary = primaryOf(context)
  if (primary === undefined) return
  world.expectEnd(id)
  try {
    const bornBeforeMs = reason === "restartAsked" ? world.marks.asked()?.atMs : undefined
    const restart = isRestart(step) ? { restart: true as const, bornBeforeMs } : {}
    const anew = reason === "farBehind" ? { anew: true as const } : {}
    const outcome = await act(context, { act: "attach", id, primary, ...restart, ...anew }, signal)
    mustBeDone(outcome, `attach ${id}`)
    if (outcome.done && outcome.rebuilt !== undefined)
      world.databases.rebuilt = { id, reason: outcome.rebuilt, atMs: clock.nowMs() }
  } catch (error) {
    world.countFailure(id)
    throw error
  } finally {
    world.expectLife(id)
  }
  await publisher.publish({ kind: "start", id, reason: "wanted" })
  await refresh(context, signal)
}

/** Nobody reads from it, and no commit waits for it any more. */
export async function detach(step: Step, context: StepContext, signal: AbortSignal): Promise<void> {
  const { id } = step
  const { world, driver, clock, publisher, epoch } = context
  const call = <T>(doIt: () => Promise<T>) => whileDetachedRetry(doIt, clock, signal)
  world.expectEnd(id)
  await call(() => driver.stop(id, replicaStopGraceMs, epoch()))
  const primary = primaryOf(context)
  if (primary !== undefined && primary !== id)
    mustBeDone(await act(context, { act: "detach", id, primary }, signal), `detach ${id}`)
  await publisher.publish(step)
  await call(() => driver.forget(id, epoch()))
  await refresh(context, signal)
}

/** A process that does not hear of a replica for longer hangs, or is cut off: it does not keep all others from reading there. */
const heardWithinMs = 5_000

/**
 * A replica is read from when every process that can be reached knows of it: one that knows of a single server tells
 * nobody how far it wrote, and its users could read the past elsewhere.
 */
export async function openDatabase(step: Step, context: StepContext, signal: AbortSignal): Promise<void> {
  const { world, clock, publisher, map } = context
  const { databases, epoch } = map()
  const isReplica = databases.some(({ id, role }) => role === "primary" && id !== step.id)
  const allKnow = () =>
    world.reports().every(report => report.data === undefined || compareEpochs(report.epoch, epoch) >= 0)
  if (isReplica) await untilWorld(world, clock, allKnow, { timeoutMs: heardWithinMs, signal })
  if (!signal.aborted) await publisher.publish(step)
}

/** A refusal is remembered: the primary is started again, and it is tried again when others answer. */
export async function failOver(
  { id: former }: Step,
  context: StepContext,
  signal: AbortSignal,
): Promise<void> {
  const { world, map, clock } = context
  const standbys = map().databases.flatMap(each => (each.id === former ? [] : [each.id as InstanceId]))
  const answered = answeringOf(world.observed().instances.filter(each => standbys.includes(each.id)))
  const known = await promotionOf(former, context, signal)
  if (known !== undefined) return publishPromotion(known, context, signal)
  const { members, acks } = surestOf(quorumsOf(map().quorums, former))
  const quorum = { members: members as readonly InstanceId[], acks }
  world.expectEnd(former)
  const outcome = await act(context, { act: "fail-over", former, standbys, quorum }, signal)
  if (!outcome.done) {
    const words = outcome.refusal
    world.databases.refused = { former, answered, words, atMs: clock.nowMs() }
    world.expectLife(former)
    throw controlError("BN1350", { former, reason: words })
  }
  const promotion = outcome.promotion ?? (await promotionOf(former, context, signal))
  if (promotion === undefined)
    throw controlError("BN1314", { step: `fail-over ${former}`, reason: "its host names nobody" })
  await publishPromotion(promotion, context, signal)
}

/**
 * The pause goes from one map to the next and holds one question to every process and one act between them. Whatever
 * happens in it, it ends: with the new primary on the map, or with the former one.
 */
export async function switchOver(
  { id: target }: Step,
  context: StepContext,
  signal: AbortSignal,
): Promise<void> {
  const { world, publisher, clock, map } = context
  const former = primaryOf(context)
  if (former === undefined || former === target) return
  const others = map().databases.flatMap(({ id, state }) =>
    id === former || id === target || state === "draining" ? [] : [id as InstanceId],
  )
  const fail = (reason: string, cause?: unknown) =>
    controlError("BN1351", { from: former, to: target, reason }, cause)
  // While the others follow the target, nobody but the target acknowledges to the primary.
  if (surestOf(quorumsOf(map().quorums, former)).acks > 1)
    await setQuorum(former, quorumOf([former, target]), context, signal)
  const failed = () => world.databases.switchoverFailed(clock.monotonicMs())
  const prepared = await act(context, { act: "prepare-switchover", former, target, others }, signal).catch(
    error => {
      failed()
      throw error
    },
  )
  if (!prepared.done) {
    failed()
    throw fail(prepared.refusal)
  }
  const startedMs = clock.monotonicMs()
  let promotion: PromotionRecord | undefined
  try {
    await publisher.amend(withPause)
    const busy = await stillBusy(former, context, signal)
    if (busy !== undefined) throw fail(busy)
    const drainMs = clock.monotonicMs() - startedMs
    world.expectEnd(former)
    const outcome = await act(context, { act: "switch-over", former, target, others }, signal)
    if (!outcome.done) throw fail(outcome.refusal)
    promotion = withParts(outcome.promotion, { drainMs })
  } catch (error) {
    // Its answer may have been lost, not the deed.
    promotion = await promotionOf(former, context, signal).catch(() => undefined)
    if (promotion === undefined) {
      await publisher.amend(withoutPause)
      world.expectLife(former)
      world.databases.switchoverFailed(clock.monotonicMs())
      throw error instanceof Error && "code" in error ? error : fail(messageOf(error), error)
    }
  }
  promotion ??= await promotionOf(former, context, signal)
  if (promotion === undefined) throw fail("its host names nobody")
  await publishPromotion(withParts(promotion, { pauseMs: clock.monotonicMs() - startedMs })!, context, signal)
}

function withParts(record: PromotionRecord | undefined, parts: Record<string, number>) {
  return record && { ...record, parts: { ...record.parts, ...parts } }
}

/** Undefined when no process has anything under way at the paused primary; else who has, in words. */
async function stillBusy(
  id: InstanceId,
  context: StepContext,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { world, clock, epoch } = context
  const paused = epoch()
  const busy = () =>
    world.databaseUsers().filter(user => {
      const report = world.reportOf(user)
      return (
        !isDoneWith(id, paused, report) || (report?.data !== undefined && report.data.underWay === undefined)
      )
    })
  const outcome = await untilWorld(world, clock, () => busy().length === 0, {
    timeoutMs: pauseWithinMs,
    signal,
  })
  if (outcome === "met") return undefined
  return outcome === "given-up"
    ? "it was given up"
    : `work was still under way after ${pauseWithinMs} ms: ${busy().join(", ")}`
}

/** A promotion in place of this one that its host knows of and the map does not: whoever had it done died before. */
async function promotionOf(
  former: InstanceId,
  context: StepContext,
  signal: AbortSignal,
): Promise<PromotionRecord | undefined> {
  const host = hostOf(context)
  const known = await whileDetachedRetry(() => host.promotions(), context.clock, signal)
  const last = known.at(-1)
  const isNew = last !== undefined && last.former === former && last.timeline > timelineOf(context.map())
  return isNew && context.map().databases.some(each => each.id === last.id) ? last : undefined
}

async function publishPromotion(promotion: PromotionRecord, context: StepContext, signal: AbortSignal) {
  context.world.databases.promotion = promotion
  await context.publisher.amend(map => withPromotion(map, promotion))
  await refresh(context, signal)
}

function primaryOf({ map }: StepContext): InstanceId | undefined {
  return map().databases.find(each => each.role === "primary")?.id as InstanceId | undefined
}

function hostOf({ driver }: StepContext): DatabaseHost {
  if (driver.databases === undefined) throw controlError("BN1353", { driver: driver.name })
  return driver.databases
}

function act(context: StepContext, deed: DatabaseAct, signal: AbortSignal): Promise<DatabaseOutcome> {
  const host = hostOf(context)
  return whileDetachedRetry(() => host.act(deed, context.epoch()), context.clock, signal)
}

function mustBeDone(outcome: DatabaseOutcome, step: string): void {
  if (!outcome.done) throw controlError("BN1314", { step, reason: outcome.refusal })
}

/** What was done to databases their driver sees anew. */
async function refresh({ world, clock }: StepContext, signal: AbortSignal): Promise<void> {
  await whileDetachedRetry(() => world.refresh(), clock, signal)
}
