import { setTimeout as sleep } from "node:timers/promises"
import type { AdminClient } from "../../boot/service/admin-client.ts"
import type { PlanView } from "../../wire/admin.ts"

const reconnectMs = 50

/**
 * Hands on every plan the service carries out, each time one of its steps moves, with the moment as milliseconds
 * since the epoch. A supervisor that dies is waited for; what its successor knows is handed on then. Resolves after
 * the signal, never rejects.
 */
export async function watchPlans(
  admin: AdminClient,
  signal: AbortSignal,
  onPlan: (atMs: number, plan: PlanView) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const events = admin.events(signal)
      // Asked for before the state, so that nothing falls in between.
      const first = events.next()
      first.catch(() => {})
      const { plan, lastPlan } = await admin.state()
      if (lastPlan !== null) onPlan(lastPlan.finishedAtMs ?? Date.now(), lastPlan)
      if (plan !== null) onPlan(Date.now(), plan)
      for (let next = await first; !next.done; next = await events.next()) {
        const { event } = next.value
        if (event.type === "plan") onPlan(event.at, event.plan)
      }
    } catch {
      // The supervisor is being replaced, or everything ends.
    }
    await sleep(reconnectMs, undefined, { signal }).catch(() => {})
  }
}
