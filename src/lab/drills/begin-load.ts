import { BeigelMix } from "../load/beigel-mix.ts"
import type { LoadOptions, LoadReport } from "../load/load.ts"
import { runLoad } from "../load/run-load.ts"

/**
 * Beigel's mix on a drill's service. Resolves once the first requests leave: making accounts takes a while on a busy
 * machine, and a fault that struck before them would be a fault without load. `report` is there when the load ends.
 */
export async function beginLoad(
  options: Pick<LoadOptions, "target" | "seed" | "rps" | "durationMs">,
  signal: AbortSignal,
): Promise<{ readonly report: Promise<LoadReport> }> {
  const begun = Promise.withResolvers<void>()
  const { target, seed } = options
  const report = runLoad(
    {
      ...options,
      scenario: new BeigelMix({ target, seed }),
      arrivals: "poisson",
      newConnectionShare: 0.3,
      timeoutMs: 10_000,
      onBegin: begun.resolve,
    },
    signal,
  )
  // Whoever awaits the report hears of a failure; a drill that ends before that has its own error to tell.
  report.catch(() => {})
  await Promise.race([begun.promise, report])
  return { report }
}
