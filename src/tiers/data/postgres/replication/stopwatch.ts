/** Milliseconds since the last call; the first counts from here. */
export function stopwatch(): () => number {
  let lastMs = performance.now()
  return () => {
    const [beforeMs, nowMs] = [lastMs, performance.now()]
    lastMs = nowMs
    return nowMs - beforeMs
  }
}
