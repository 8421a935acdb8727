import type { Epoch } from "../wire/epoch.ts"

/**
 * The rule of epochs on the far side of a driver, with the newest one it has seen. A *call* is refused when its term is
 * older: of the same control plane it may have been made just before a newer map. A *fence* is refused when its epoch is
 * older in any way: whoever takes over has seen everything there was, and who has not is not the newest.
 *
 * Written without wire/epoch's own comparison: that would load the schema library into an agent.
 */
export function isOutdated(as: "call" | "fence", epoch: Epoch, newest: Epoch): boolean {
  if (epoch.term !== newest.term) return epoch.term < newest.term
  return as === "fence" && epoch.counter < newest.counter
}

/** Whether it is to be kept as the newest. */
export function isNewer({ term, counter }: Epoch, newest: Epoch): boolean {
  return term > newest.term || (term === newest.term && counter > newest.counter)
}
