let untilHidden = new AbortController()
if (document.hidden) untilHidden.abort()
document.addEventListener("visibilitychange", () => {
  if (document.hidden) untilHidden.abort()
  else untilHidden = new AbortController()
})

/** Aborts when the page goes out of sight; each time it comes into sight the signal is another. */
export function whileInSight(): AbortSignal {
  return untilHidden.signal
}

/** Resolves when the page can be seen, or the signal aborts. */
export async function inSight(signal: AbortSignal): Promise<void> {
  while (document.hidden && !signal.aborted)
    await new Promise<void>(resolve => {
      const end = () => {
        document.removeEventListener("visibilitychange", end)
        signal.removeEventListener("abort", end)
        resolve()
      }
      document.addEventListener("visibilitychange", end)
      signal.addEventListener("abort", end)
    })
}
