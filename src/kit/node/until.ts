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

/** What a promise gives, or the signal's reason as soon as it aborts; the promise then goes on unheard. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => {})
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener("abort", abort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener("abort", abort)
  }
}
