import type { ObservedInstance } from "../plan/observed.ts"

/** `said`: what the map says of its front door. `confirmed`: its process has said the same. */
export function frontState(
  said: "open" | "closed" | undefined,
  confirmed: boolean,
  isOnlyAndUnheard: boolean,
): ObservedInstance["front"] {
  if (said === undefined) return "none"
  if (said === "closed") return confirmed ? "drained" : "closing"
  // One that cannot be asked is believed to be open, but no other front door is closed on its account.
  return confirmed || isOnlyAndUnheard ? "open" : "opening"
}

/** The same of its place among the backends, which every front door confirms. */
export function backendState(
  said: "active" | "draining" | undefined,
  confirmed: boolean,
): ObservedInstance["backend"] {
  if (said === undefined) return "none"
  if (said === "draining") return confirmed ? "drained" : "draining"
  return confirmed ? "routed" : "routing"
}
