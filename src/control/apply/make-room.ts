import { compareEpochs } from "../../wire/epoch.ts"
import type { Report } from "../../wire/report.ts"
import type { Step } from "../plan/steps.ts"
import type { StepContext } from "./step-context.ts"
import { untilWorld } from "./wait.ts"

/** Who holds on to more for longer is at work with it, or does not hear; one that hangs is killed before long. */
const patienceMs = 5_000

/** Before one more process takes its share of the databases' connections, the others give back what is above it. */
export async function makeRoom(step: Step, context: StepContext, signal: AbortSignal): Promise<void> {
  const { world, clock, publisher } = context
  const share = context.connectionShare([step.id])
  if (share === undefined) return
  const { connectionShare: before } = context.map().settings
  if (before === undefined || before > share) await publisher.publish(step)
  const { epoch } = context.map()
  const isWithin = (report: Report) =>
    connectionsOf(report) <= share && compareEpochs(report.epoch, epoch) >= 0
  const all = () => world.reports().every(report => report.data === undefined || isWithin(report))
  await untilWorld(world, clock, all, { timeoutMs: patienceMs, signal })
}

/** At the server where it has most of them. */
function connectionsOf({ data }: Report): number {
  return Math.max(data?.connections ?? 0, ...(data?.replicas ?? []).map(({ connections }) => connections))
}
