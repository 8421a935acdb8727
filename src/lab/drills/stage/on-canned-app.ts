import type { SkippedFault } from "../../faults/fault.ts"
import type { LoadTarget } from "../../load/load.ts"
import { TimelineRecorder } from "../../report/timeline-recorder.ts"
import { watchPlans } from "../../report/watch-plans.ts"
import { isWorthALook, type ScratchOptions, ScratchService } from "../../scratch-service.ts"
import type { DrillContext, DrillFindings, Episode } from "../drill.ts"

/** What a drill works with that needs no users: a service of its own with an app made for it. */
export type CannedStage = {
  readonly service: ScratchService
  readonly target: LoadTarget
  readonly context: DrillContext
  readonly recorder: TimelineRecorder
  /** A part of the claim that could not be tried here. */
  readonly skip: (part: SkippedFault) => void
  /** Tells an episode and keeps it. */
  readonly note: (episode: Episode, words: string) => void
}

/**
 * Runs a drill's episodes on an app of the lab's own, without recorded sessions: nothing is written there. `count`
 * says what the claim's n counts; one for each episode when left out.
 */
export async function onCannedApp(
  name: string,
  options: Pick<ScratchOptions, "app" | "drainTimeoutMs"> & { readonly count?: () => number },
  context: DrillContext,
  act: (stage: CannedStage) => Promise<void>,
): Promise<DrillFindings> {
  const { signal, preload } = context
  const { app, drainTimeoutMs, count = () => episodes.length } = options
  const planted = preload === undefined ? {} : { preload, faults: true }
  const service = await ScratchService.start(name, { app, drainTimeoutMs, signal, ...planted })
  const recorder = new TimelineRecorder(Date.now(), context.live)
  const over = new AbortController()
  const watched = watchPlans(service.admin, over.signal, (atMs, plan) => recorder.plan(atMs, plan))
  const episodes: Episode[] = []
  const skipped: SkippedFault[] = []
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
  try {
    await act({ service, target, context, recorder, note, skip: part => void skipped.push(part) })
    keepsFolder = episodes.some(({ violations }) => violations.length > 0)
  } catch (error) {
    keepsFolder = isWorthALook(error, signal)
    throw error
  } finally {
    over.abort()
    await service.end(keepsFolder)
    await watched
    if (keepsFolder) context.say(`kept for its logs: ${service.folder}`)
  }
  const timeline = recorder.timeline(Date.now())
  return { n: count(), episodes, verdicts: [], skipped, timeline }
}
