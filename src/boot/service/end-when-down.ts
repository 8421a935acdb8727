import type { Control } from "../../control/control.ts"

/** Calls `end` once the service has been taken down in order: then nothing is left for a control plane to keep. */
export function endWhenDown(control: Control, end: () => Promise<void>): void {
  const unsubscribe = control.events.subscribe(({ event }) => {
    if (event.type !== "plan" || event.plan.trigger !== "down" || event.plan.state !== "done") return
    unsubscribe()
    // Those who follow the plan hear of its end before the API goes.
    setTimeout(() => void end(), 50)
  })
}
