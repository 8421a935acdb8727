const lookEveryMs = 20

/** Looks again and again until something is seen; undefined when `timeoutMs` have passed without. */
export async function lookUntil<T>(
  timeoutMs: number,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const deadlineMs = performance.now() + timeoutMs
  while (performance.now() < deadlineMs) {
    const seen = await look()
    if (seen !== undefined) return seen
    await new Promise(resolve => setTimeout(resolve, lookEveryMs))
  }
  return undefined
}
