import type { DatabaseSettings } from "../drivers/database-acts.ts"
import type { InstanceId, Topology } from "../topology/topology.ts"
import type { PlanView } from "../wire/admin.ts"
import type { Epoch } from "../wire/epoch.ts"
import { whileDetachedRetry } from "./apply/driver-calls.ts"
import { untilWorld } from "./apply/wait.ts"
import type { ControlOptions } from "./control.ts"
import type { PlanStart } from "./journal/journal-record.ts"
import type { ControlLoop } from "./loop.ts"
import type { World } from "./observe/world.ts"
import { restartForecast } from "./plan/database-restarts.ts"
import { wantedDatabases } from "./plan/databases.ts"
import type { Plan } from "./plan/plan.ts"
import type { Phase } from "./plan/steps.ts"

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
  const due = await configure({ settings, driver, clock }, world, epoch, {})
  if (settings === undefined || due === undefined) return
  databaseSettings?.taken(settings)
  world.databases.restartDue = new Set(due)
  const isShown = () => due.every(id => world.observedInstance(id)?.database?.restartDue === "settings")
  // One that is alone is looked at by nobody: it waits for its next start.
  if (due.length > 1) await untilWorld(world, clock, isShown, { timeoutMs: shownWithinMs })
}

type Configured = Pick<ControlOptions, "driver" | "clock"> & {
  readonly settings: DatabaseSettings | undefined
}

/** Whose settings wait, or would wait, for a restart; undefined: there is nobody to be told, or nothing. */
async function configure(
  { settings, driver, clock }: Configured,
  world: World,
  epoch: Epoch,
  how: { readonly ask?: true },
): Promise<readonly InstanceId[] | undefined> {
  const { databases: host } = driver
  const ids = world.observed().instances.flatMap(({ id, database }) => (database === undefined ? [] : [id]))
  if (settings === undefined || host === undefined || ids.length === 0) return undefined
  const never = new AbortController().signal
  const act = { act: "configure", ids, settings, ...how } as const
  const outcome = await whileDetachedRetry(() => host.act(act, epoch), clock, never)
  return (outcome.done && outcome.restartDue) || []
}

/** What `apply` will do for the settings' sake, before anybody is told them. Rejects as `tellSettings`. */
export async function forecastSettings(
  { databaseSettings, driver, clock }: Pick<ControlOptions, "databaseSettings" | "driver" | "clock">,
  world: World,
  epoch: Epoch,
  desired: Topology,
): Promise<readonly Phase[]> {
  const settings = await databaseSettings?.changed()
  const due = await configure({ settings, driver, clock }, world, epoch, { ask: true })
  const wanted = wantedDatabases(desired.instances.postgres, world.observed().instances)
  return restartForecast(wanted, due ?? [])
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
