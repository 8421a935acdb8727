import type { Clock } from "../../kit/clock.ts"
import { isBanyanError } from "../../kit/errors.ts"

const retryEveryMs = 250

/**
 * Does something that needs the host's agent. While there is none (it was killed and comes back), the call is made
 * again until `signal`: every driver call is safe to repeat, and what runs keeps running meanwhile.
 */
export async function whileDetachedRetry<T>(
  call: () => Promise<T>,
  clock: Clock,
  signal: AbortSignal,
): Promise<T> {
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (!isBanyanError(error) || error.code !== "BN1407" || signal.aborted) throw error
      await new Promise<void>(resolve => clock.after(retryEveryMs, resolve))
    }
  }
}
