import { beatMs } from "../../src/kit/silence.ts"
import type { InstanceId } from "../../src/topology/topology.ts"
import { limits } from "./sim-world.ts"
import type { Ports } from "./supervisor.ts"

/** Kills who is linked and was not heard by the clock, whoever stood still meanwhile. */
export function clockWatcher({ driver, clock, openLinks }: Ports): Partial<Ports> {
  const heardAtMs = new Map<string, number>()
  const watch = async () => {
    clock.after(beatMs, watch)
    // The agent may be away; a newer control plane, or a newer map of its own, may come between the two calls.
    const kill = async (id: string) => driver.kill(id as InstanceId, 0, await driver.epoch())
    for (const [id, atMs] of [...heardAtMs])
      if (clock.nowMs() - atMs >= limits.hungAfterMs) await kill(id).catch(() => {})
  }
  clock.after(beatMs, watch)
  return {
    openLinks: events =>
      openLinks!({
        ...events,
        onReport: report => {
          heardAtMs.set(report.id, clock.nowMs())
          events.onReport(report)
        },
        onEnd: id => {
          heardAtMs.delete(id)
          events.onEnd(id)
        },
      }),
  }
}
