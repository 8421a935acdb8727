import { healingOf, struckOf } from "../../faults/fault.ts"
import { FaultInjector } from "../../faults/fault-injector.ts"
import type { TimelineRecorder } from "../../report/timeline-recorder.ts"

/** What is struck by it stands in the timeline; `tell` hears of it, and of when the strike was done. */
export function witnessedFaults(
  recorder: TimelineRecorder,
  tell?: (name: string, subject: string, detail?: string) => Promise<void>,
): FaultInjector {
  return new FaultInjector(async (moment, fault) => {
    const { subject, detail } = fault
    const name = { strikes: fault.name, struck: struckOf(fault), healed: healingOf(fault) }[moment]
    if (moment !== "struck") recorder.fault(Date.now(), name, subject)
    await tell?.(name, subject, detail)
  })
}
