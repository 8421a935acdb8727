import type { LoadReport, LoadRequest, LoadTick } from "../../load/load.ts"
import { runLoad } from "../../load/run-load.ts"
import type { CannedStage } from "./on-canned-app.ts"

export type SteadyLoad = {
  readonly request: LoadRequest
  readonly rps: number
  readonly durationMs: number
  /** Ends it before. */
  readonly enough?: AbortSignal
  /** An answer that comes later is worth nothing. */
  readonly patienceMs: number
  readonly onTick?: (tick: LoadTick) => void
}

/** One request again and again. */
export function steadyLoad(
  { request, patienceMs, onTick, ...load }: SteadyLoad,
  { target, context, recorder }: Pick<CannedStage, "target" | "context" | "recorder">,
): Promise<LoadReport> {
  const record = recorder.loadBegan(Date.now())
  return runLoad(
    {
      ...load,
      target,
      scenario: { next: () => request },
      arrivals: "poisson",
      seed: context.seed,
      newConnectionShare: 0.1,
      timeoutMs: patienceMs,
      tickMs: recorder.tickMs,
      onTick: tick => {
        record(tick)
        onTick?.(tick)
      },
    },
    context.signal,
  )
}

/** How many were answered, what failed, and how long it took. */
export function steadyWords({ sent, ok, failures, latencyMs }: LoadReport): string {
  const failed = Object.entries(failures).filter(([, count]) => count > 0)
  const counts = failed.map(([kind, count]) => `${count} ${kind}`)
  const quantiles = [`p50 ${Math.round(latencyMs.p50)} ms`, `p99 ${Math.round(latencyMs.p99)} ms`]
  return [`${sent} requests`, `${ok} good`, ...counts, ...quantiles].join("  ")
}
