import type { Clock } from "../../kit/clock.ts"
import type { World } from "../observe/world.ts"

export type WaitOutcome = "met" | "timed-out" | "given-up"

/** Waits until the world is as wished; asked anew at each change of it. */
export function untilWorld(
  world: World,
  clock: Clock,
  wish: () => boolean,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<WaitOutcome> {
  return new Promise(resolve => {
    const stops: Array<() => void> = []
    const finish = (outcome: WaitOutcome) => {
      for (const stop of stops) stop()
      resolve(outcome)
    }
    if (options.signal?.aborted) return finish("given-up")
    if (wish()) return finish("met")
    stops.push(world.onChange(() => wish() && finish("met")))
    if (options.timeoutMs !== undefined) stops.push(clock.after(options.timeoutMs, () => finish("timed-out")))
    const giveUp = () => finish("given-up")
    options.signal?.addEventListener("abort", giveUp)
    stops.push(() => options.signal?.removeEventListener("abort", giveUp))
  })
}
