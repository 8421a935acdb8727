import type { SkippedFault } from "../../faults/fault.ts"
import type { FaultInjector } from "../../faults/fault-injector.ts"
import type { LoadTarget } from "../../load/load.ts"
import { Measures } from "../../report/measures.ts"
import { TimelineRecorder } from "../../report/timeline-recorder.ts"
import { watchPlans } from "../../report/watch-plans.ts"
import { isWorthALook, type ScratchOptions, ScratchService } from "../../scratch-service.ts"
import type { DrillContext, DrillFindings, Episode } from "../drill.ts"
import { witnessedFaults } from "./witnessed-faults.ts"

/** What a drill works with that needs no users: a service of its own with an app made for it. */
export type CannedStage = {
  readonly service: ScratchService
  readonly target: LoadTarget
  readonly context: DrillContext
  readonly recorder: TimelineRecorder
  /** Everything that is broken goes through it: the timeline hears of it, and the end heals what is left. */
  readonly faults: FaultInjector
  /** A part of the claim that could not be tried here. */
  readonly skip: (part: SkippedFault) => void
  /** What is measured beside the claim. */
  readonly measures: Measures
  /** Tells an episode and keeps it. */
  readonly note: (episode: Episode, words: string) => void
}

/**
 * Runs a drill's episodes without recorded sessions: on an app of the lab's own, where nothing is written, or where the drill
 * judges itself what was. `count`
 * says what the claim's n counts; one for each episode when left out.
 */
export async function onCannedApp(
  name: string,
  options: Pick<ScratchOptions, "app" | "drainTimeoutMs" | "data" | "stage" | "webInstances"> & {
    readonly count?: () => number
  },
  context: DrillContext,
  act: (stage: CannedStage) => Promise<void>,
): Promise<DrillFindings> {
  const { signal, preload } = context
  const { count = () => episodes.length, ...scratch } = options
  const planted = preload === undefined ? {} : { preload, faults: true }
  const service = await ScratchService.start(name, { ...scratch, signal, ...planted })
  const recorder = new TimelineRecorder(Date.now(), context.live)
  const over = new AbortController()
  const watched = watchPlans(service.admin, over.signal, (atMs, plan) => recorder.plan(atMs, plan))
  const episodes: Episode[] = []
  const faults = witnessedFaults(recorder)
  const measures = new Measures()
  let keepsFolder = true
  const note: CannedStage["note"] = (episode, words) => {
    recorder.episodeEnded(Date.now(), episode.name)
    episodes.push(episode)
    const { violations } = episode
    context.say(
      `${words}  ${violations.length === 0 ? "ok" : `VIOLATED: ${violations.slice(0, 3).join("; ")}`}`,
    )
  }
  const target = { host: "127.0.0.1", port: service.port }
  const takeDown = async () => {
    over.abort()
    await service.end(keepsFolder)
    await watched
    if (keepsFolder) context.say(`kept for its logs: ${service.folder}`)
  }
  try {
    const skip = (part: SkippedFault) => faults.skip(part)
    await act({ service, target, context, recorder, faults, measures, note, skip })
    keepsFolder = episodes.some(({ violations }) => violations.length > 0)
  } catch (error) {
    keepsFolder = isWorthALook(error, signal)
    throw error
  } finally {
    // First: what is frozen can neither answer nor be taken down.
    await faults.healAll().finally(takeDown)
  }
  const { skipped } = faults
  const timeline = recorder.timeline(Date.now())
  return { n: count(), episodes, verdicts: [], skipped, measuredMs: measures.quantiles(), timeline }
}
