import { BeigelMix } from "../../load/beigel-mix.ts"
import type { LoadOptions, LoadReport, LoadTick } from "../../load/load.ts"
import { runLoad } from "../../load/run-load.ts"
import type { Stage } from "./on-own-service.ts"

/**
 * Beigel's mix on a drill's service, drawn into its timeline. Resolves once the first requests leave: making accounts
 * takes a while on a busy machine, and a fault that struck before them would be a fault without load. `report` is
 * there when the load ends.
 */
export async function beginLoad(
  options: Pick<LoadOptions, "seed" | "rps" | "durationMs"> & Partial<Pick<LoadOptions, "timeoutMs">>,
  { target, recorder, context: { signal } }: Pick<Stage, "target" | "recorder" | "context">,
): Promise<{ readonly report: Promise<LoadReport> }> {
  const begun = Promise.withResolvers<void>()
  let onTick = (_tick: LoadTick) => {}
  const report = runLoad(
    {
      timeoutMs: 10_000,
      ...options,
      target,
      scenario: new BeigelMix({ target, seed: options.seed }),
      arrivals: "poisson",
      newConnectionShare: 0.3,
      tickMs: recorder.tickMs,
      onBegin: () => {
        onTick = recorder.loadBegan(Date.now())
        begun.resolve()
      },
      onTick: tick => onTick(tick),
    },
    signal,
  )
  // Whoever awaits the report hears of a failure; a drill that ends before that has its own error to tell.
  report.catch(() => {})
  await Promise.race([begun.promise, report])
  return { report }
}
