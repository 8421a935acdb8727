import type { PlanView } from "../wire/admin.ts"
import type { Epoch } from "../wire/epoch.ts"
import { whileDetachedRetry } from "./apply/driver-calls.ts"
import { untilWorld } from "./apply/wait.ts"
import type { ControlOptions } from "./control.ts"
import type { PlanStart } from "./journal/journal-record.ts"
import type { ControlLoop } from "./loop.ts"
import type { World } from "./observe/world.ts"
import type { Plan } from "./plan/plan.ts"

/** Until it shows what servers said when they read their settings anew. */
const shownWithinMs = 5_000

/**
 * Tells the databases what the configuration says of their settings now, if that has changed. What a reload takes up they
 * have then; what waits for a restart is for the planner to see. Rejects with what Postgres does not take (BN2244): then
 * nothing was changed.
 */
export async function tellSettings(
  { databaseSettings, driver, clock }: Pick<ControlOptions, "databaseSettings" | "driver" | "clock">,
  world: World,
  epoch: Epoch,
): Promise<void> {
  const settings = await databaseSettings?.changed()
  const { databases: host } = driver
  const ids = world.observed().instances.flatMap(({ id, database }) => (database === undefined ? [] : [id]))
  if (settings === undefined || host === undefined || ids.length === 0) return
  const never = new AbortController().signal
  const act = { act: "configure", ids, settings } as const
  const outcome = await whileDetachedRetry(() => host.act(act, epoch), clock, never)
  databaseSettings?.taken(settings)
  const due = (outcome.done && outcome.restartDue) || []
  world.databases.restartDue = new Set(due)
  const isShown = () => due.every(id => world.observedInstance(id)?.database?.restartDue === true)
  // One that is alone is looked at by nobody: it waits for its next start.
  if (due.length > 1) await untilWorld(world, clock, isShown, { timeoutMs: shownWithinMs })
}

/** Whether something is started again for settings' sake. */
export function isForSettings({ phases }: Pick<Plan, "phases">): boolean {
  return phases.flat().some(({ reason }) => reason === "restartDue" || reason === "primaryRestartDue")
}

/**
 * Begins what the settings wait for, within `exclusively`; undefined when nothing does. A repair: whoever mends settings
 * that no server starts with need not wait for its end.
 */
export async function beginRestarts(
  loop: ControlLoop,
  repair: () => PlanStart,
): Promise<PlanView | undefined> {
  if (!isForSettings(loop.forecast(loop.desired))) return undefined
  return (await loop.begin(repair(), { resumed: false })).view()
}
