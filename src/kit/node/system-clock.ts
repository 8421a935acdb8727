import type { Clock } from "../clock.ts"

/** The machine's clock. Timers are unref'd: waiting for one never keeps a process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, callback) => {
    // Node counts whole milliseconds from a time it read earlier: without one more, a timer may fire before its time.
    const timer = setTimeout(callback, delayMs > 0 ? Math.ceil(delayMs) + 1 : 0)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
