import { fileURLToPath } from "node:url"
import type { LoadReport, LoadRequest, LoadTick } from "../../load/load.ts"
import { runLoad } from "../../load/run-load.ts"
import { type DrillContext, type DrillFindings, type Episode, totalsOf } from "../drill.ts"
import { type CannedStage, onCannedApp } from "../stage/on-canned-app.ts"

const app = fileURLToPath(new URL("./slots-app.ts", import.meta.url))

export type SlotsStage = Omit<CannedStage, "note"> & {
  /** Tells an episode and keeps it. */
  readonly note: (episode: Omit<Episode, "load" | "streams" | "excused">, load: LoadReport) => void
}

/** Runs a drill on an app whose capacity is known. */
export function onSlotsApp(
  name: string,
  context: DrillContext,
  act: (stage: SlotsStage) => Promise<void>,
): Promise<DrillFindings> {
  return onCannedApp(name, { app, drainTimeoutMs: 2000 }, context, stage =>
    act({
      ...stage,
      note: (episode, load) =>
        stage.note(
          { ...episode, load: totalsOf(load), streams: [], excused: {} },
          [episode.name, `${load.sent} requests`, `${load.ok} good`, wordsOf(load)].join("  "),
        ),
    }),
  )
}

export type SteadyLoad = {
  readonly request: LoadRequest
  readonly rps: number
  readonly durationMs: number
  /** An answer that comes later is worth nothing. */
  readonly patienceMs: number
  readonly onTick?: (tick: LoadTick) => void
}

/** One request again and again. */
export function steadyLoad(
  { request, rps, durationMs, patienceMs, onTick }: SteadyLoad,
  { target, context, recorder }: SlotsStage,
): Promise<LoadReport> {
  const record = recorder.loadBegan(Date.now())
  return runLoad(
    {
      target,
      scenario: { next: () => request },
      rps,
      durationMs,
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

function wordsOf({ failures, latencyMs }: LoadReport): string {
  const failed = Object.entries(failures).filter(([, count]) => count > 0)
  const counts = failed.map(([kind, count]) => `${count} ${kind}`)
  return [...counts, `p50 ${Math.round(latencyMs.p50)} ms`, `p99 ${Math.round(latencyMs.p99)} ms`].join("  ")
}
