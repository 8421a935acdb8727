import { setTimeout as sleep } from "node:timers/promises"

/** Asks again and again until there is an answer; rejects with what asking throws, or with the signal's reason. */
export async function until<T>(
  ask: () => Promise<T | undefined>,
  everyMs: number,
  signal: AbortSignal,
): Promise<T> {
  for (;;) {
    signal.throwIfAborted()
    const answer = await ask()
    if (answer !== undefined) return answer
    await sleep(everyMs, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}
