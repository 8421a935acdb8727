import type { Verdict } from "../../checkers/checker.ts"
import type { Excuse } from "../../checkers/excuse.ts"
import type { FaultInjector } from "../../faults/fault-injector.ts"
import type { LoadTarget } from "../../load/load.ts"
import { Measures } from "../../report/measures.ts"
import { TimelineRecorder } from "../../report/timeline-recorder.ts"
import { watchPlans } from "../../report/watch-plans.ts"
import { isWorthALook, type ScratchOptions, ScratchService } from "../../scratch-service.ts"
import type { DrillContext, DrillFindings, Episode } from "../drill.ts"
import { RecordedSessions } from "./recorded-sessions.ts"
import { witnessedFaults } from "./witnessed-faults.ts"

/** What a drill works with: a service of its own, and users on it whose every write and read is recorded. */
export type Stage = {
  readonly service: ScratchService
  readonly target: LoadTarget
  readonly recorded: RecordedSessions
  readonly recorder: TimelineRecorder
  readonly context: DrillContext
  /** Everything that is broken goes through it: history and timeline hear of it, and the end heals what is left. */
  readonly faults: FaultInjector
  /** Tells an episode and keeps it. */
  readonly note: (episode: Episode, words: string) => void
  /** What is measured beside the claim. */
  readonly measures: Measures
}

/**
 * Runs a drill's episodes on a fresh service beside recorded sessions, and lets the checkers judge these in the end.
 * Everything is taken down afterwards, also when the signal aborts it; the folder, with logs and history, stays when
 * something was wrong.
 */
export async function onOwnService(
  name: string,
  options: Omit<ScratchOptions, "app" | "signal"> & { readonly excuses?: readonly Excuse[] },
  context: DrillContext,
  act: (stage: Stage) => Promise<void>,
): Promise<DrillFindings> {
  const { excuses = [], ...scratch } = options
  const { app, signal, seed } = context
  const preload = [...(scratch.preload ?? []), ...(context.preload ?? [])]
  const started = preload.length === 0 ? scratch : { ...scratch, preload, faults: true }
  const service = await ScratchService.start(name, { app, signal, ...started })
  const target = { host: "127.0.0.1", port: service.port }
  const recorder = new TimelineRecorder(Date.now(), context.live)
  const over = new AbortController()
  const watched = watchPlans(service.admin, over.signal, (atMs, plan) => recorder.plan(atMs, plan))
  const episodes: Episode[] = []
  let recorded: RecordedSessions | undefined
  let verdicts: readonly Verdict[] = []
  let keepsFolder = true
  const faults = witnessedFaults(recorder, async (...event) => recorded?.event(...event))
  const note = (episode: Episode, words: string) => {
    recorder.episodeEnded(Date.now(), episode.name)
    episodes.push(episode)
    context.say(words)
    if (context.untilViolation === true && episode.violations.length > 0) throw new SeenEnough()
  }
  const measures = new Measures()
  const takeDown = async () => {
    over.abort()
    await recorded?.stop()
    await service.end(keepsFolder)
    if (keepsFolder) context.say(`kept for its logs and its history: ${service.folder}`)
    await watched
  }
  try {
    const path = `${service.folder}/history.ndjson`
    const readsMayLag = options.stage === "replicated"
    recorded = await RecordedSessions.start({ target, path, title: name, seed, readsMayLag })
    await act({ service, target, recorded, recorder, context, faults, note, measures }).catch(error => {
      if (!(error instanceof SeenEnough)) throw error
    })
    verdicts = await recorded.judge(excuses)
    const isGood = episodes.every(({ violations }) => violations.length === 0)
    keepsFolder = !(isGood && verdicts.every(({ ok }) => ok))
  } catch (error) {
    keepsFolder = isWorthALook(error, signal)
    throw error
  } finally {
    // First: what is frozen or cut off can neither answer nor be taken down.
    await faults.healAll().finally(takeDown)
  }
  const { skipped } = faults
  const n = episodes.reduce((sum, { transitions }) => sum + countOf(transitions), 0)
  const timeline = recorder.timeline(Date.now())
  return { n, episodes, verdicts, skipped, measuredMs: measures.quantiles(), timeline }
}

function countOf(transitions: Episode["transitions"]): number {
  return transitions === undefined ? 1 : Object.values(transitions).reduce((sum, count) => sum + count, 0)
}

/** Thrown through an act that need not go on. */
class SeenEnough extends Error {}
