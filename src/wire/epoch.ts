import { z } from "zod"

/**
 * The age of a map. `term` counts control planes (one more at each supervisor start), `counter` counts maps in a
 * term. Ordered by term first. An older epoch is never accepted by a process, an older term by no agent.
 */
export const epochSchema = z.strictObject({
  term: z.int().nonnegative(),
  counter: z.int().nonnegative(),
})
export type Epoch = z.infer<typeof epochSchema>

export const zeroEpoch: Epoch = { term: 0, counter: 0 }

/** Negative when `a` is older than `b`, 0 when equal, positive when newer. */
export function compareEpochs(a: Epoch, b: Epoch): number {
  return a.term - b.term || a.counter - b.counter
}

export function newestEpoch(...epochs: readonly Epoch[]): Epoch {
  return epochs.reduce((newest, epoch) => (compareEpochs(epoch, newest) > 0 ? epoch : newest), zeroEpoch)
}

export function formatEpoch(epoch: Epoch): string {
  return `${epoch.term}.${epoch.counter}`
}
