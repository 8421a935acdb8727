import { fileURLToPath } from "node:url"
import type { LoadReport } from "../../load/load.ts"
import { type DrillContext, type DrillFindings, type Episode, totalsOf } from "../drill.ts"
import { type CannedStage, onCannedApp } from "../stage/on-canned-app.ts"
import { steadyWords } from "../stage/steady-load.ts"

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
          [episode.name, steadyWords(load)].join("  "),
        ),
    }),
  )
}
