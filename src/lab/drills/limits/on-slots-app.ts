import { fileURLToPath } from "node:url"
import type { SkippedFault } from "../../faults/fault.ts"
import type { LoadReport, LoadRequest, LoadTarget, LoadTick } from "../../load/load.ts"
import { runLoad } from "../../load/run-load.ts"
import { TimelineRecorder } from "../../report/timeline-recorder.ts"
import { isWorthALook, ScratchService } from "../../scratch-service.ts"
import { type DrillContext, type DrillFindings, type Episode, totalsOf } from "../drill.ts"

const app = fileURLToPath(new URL("./slots-app.ts", import.meta.url))

export type SlotsStage = {
  readonly service: ScratchService
  readonly target: LoadTarget
  readonly context: DrillContext
  readonly recorder: TimelineRecorder
  /** A part of the claim that could not be tried here. */
  readonly skip: (part: SkippedFault) => void
  /** Tells an episode and keeps it. */
  readonly note: (episode: Omit<Episode, "load" | "streams" | "excused">, load: LoadReport) => void
}

/** Runs a drill on an app whose capacity is known, without recorded sessions: nothing is written there. */
export async function onSlotsApp(
  name: string,
  context: DrillContext,
  act: (stage: SlotsStage) => Promise<void>,
): Promise<DrillFindings> {
  const { signal, preload } = context
  const planted = preload === undefined ? {} : { preload, faults: true }
  const service = await ScratchService.start(name, { app, drainTimeoutMs: 2000, signal, ...planted })
  const recorder = new TimelineRecorder(Date.now(), context.live)
  const episodes: Episode[] = []
  const skipped: SkippedFault[] = []
  let keepsFolder = true
  const note: SlotsStage["note"] = (episode, load) => {
    recorder.episodeEnded(Date.now(), episode.name)
    episodes.push({ ...episode, load: totalsOf(load), streams: [], excused: {} })
    const verdict =
      episode.violations.length === 0 ? "ok" : `VIOLATED: ${episode.violations.slice(0, 3).join("; ")}`
    context.say([episode.name, `${load.sent} requests`, `${load.ok} good`, wordsOf(load), verdict].join("  "))
  }
  const target = { host: "127.0.0.1", port: service.port }
  try {
    await act({ service, target, context, recorder, note, skip: part => void skipped.push(part) })
    keepsFolder = episodes.some(({ violations }) => violations.length > 0)
  } catch (error) {
    keepsFolder = isWorthALook(error, signal)
    throw error
  } finally {
    await service.end(keepsFolder)
    if (keepsFolder) context.say(`kept for its logs: ${service.folder}`)
  }
  const timeline = recorder.timeline(Date.now())
  return { n: episodes.length, episodes, verdicts: [], skipped, timeline }
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
