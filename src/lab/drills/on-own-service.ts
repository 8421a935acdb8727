import type { Verdict } from "../checkers/checker.ts"
import type { Excuse } from "../checkers/excuse.ts"
import type { LoadTarget } from "../load/load.ts"
import { type ScratchOptions, ScratchService } from "../scratch-service.ts"
import type { DrillContext, DrillFindings, Episode } from "./drill.ts"
import { RecordedSessions } from "./recorded-sessions.ts"

/** What a drill works with: a service of its own, and users on it whose every write and read is recorded. */
export type Stage = {
  readonly service: ScratchService
  readonly target: LoadTarget
  readonly recorded: RecordedSessions
  readonly context: DrillContext
  /** Tells an episode and keeps it. */
  readonly note: (episode: Episode, words: string) => void
}

/**
 * Runs a drill's episodes on a fresh service beside recorded sessions, and lets the checkers judge these in the end.
 * Everything is taken down afterwards; the folder, with logs and history, stays when something was wrong.
 */
export async function onOwnService(
  name: string,
  options: Omit<ScratchOptions, "app"> & { readonly excuses?: readonly Excuse[] },
  context: DrillContext,
  act: (stage: Stage) => Promise<void>,
): Promise<DrillFindings> {
  const { excuses = [], ...scratch } = options
  const service = await ScratchService.start(name, { app: context.app, ...scratch })
  const target = { host: "127.0.0.1", port: service.port }
  const episodes: Episode[] = []
  let verdicts: readonly Verdict[] = []
  const note = (episode: Episode, words: string) => {
    episodes.push(episode)
    context.say(words)
  }
  try {
    const path = `${service.folder}/history.ndjson`
    const recorded = await RecordedSessions.start({ target, path, title: name, seed: context.seed })
    await act({ service, target, recorded, context, note })
    verdicts = await recorded.judge(excuses)
  } finally {
    const isGood =
      verdicts.length > 0 &&
      verdicts.every(({ ok }) => ok) &&
      episodes.every(({ violations }) => violations.length === 0)
    await service.end(!isGood)
  }
  return { n: episodes.length, episodes, verdicts }
}
