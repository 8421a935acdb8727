import { fileURLToPath } from "node:url"
import { messageOf } from "../../../src/kit/errors.ts"
import type { DrillVerdict } from "../../../src/lab/drills/drill.ts"
import { runDrill } from "../../../src/lab/drills/run-drill.ts"
import type { PlantedBug } from "./planted-bug.ts"
import { bugNamed } from "./planted-bugs.ts"

const app = fileURLToPath(new URL("../../../apps/beigel/app.ts", import.meta.url))

/** What a drill said: its violations, or why it could not go on (`broken off`). */
export type Said = {
  readonly verdict: DrillVerdict | "broken off"
  readonly sentences: readonly string[]
  readonly tookMs: number
}

type Options = { readonly seed: number; readonly signal: AbortSignal; readonly say?: (words: string) => void }

/** Runs a drill on the product as it is. */
export function runClean(drill: string, options: Options): Promise<Said> {
  return run(drill, options, {})
}

/** Runs the drill that must catch this bug on a product that has it. */
export function runPlanted(name: string, options: Options): Promise<Said> {
  const { caughtBy, only, full }: PlantedBug = bugNamed(name)
  return run(caughtBy, options, {
    short: full !== true,
    ...(only === undefined ? {} : { only }),
    untilViolation: true,
    preload: [new URL(`plant.ts?bug=${name}`, import.meta.url).href],
  })
}

/** The sentence that tells this bug, if the drill said one. */
export function catchOf(name: string, { sentences }: Said): string | undefined {
  return sentences.find(words => bugNamed(name).caughtAs.test(words))
}

async function run(
  drill: string,
  { seed, signal, say = () => {} }: Options,
  more: Partial<Parameters<typeof runDrill>[1]>,
): Promise<Said> {
  const startedMs = performance.now()
  const took = () => performance.now() - startedMs
  const context = { short: true, seed, app, command: "npm run prove", say, signal, ...more }
  try {
    const { verdict, violations } = await runDrill(drill, context)
    return { verdict, sentences: violations, tookMs: took() }
  } catch (error) {
    signal.throwIfAborted()
    // A service that cannot be brought where the drill wants it is something a drill says, too.
    return { verdict: "broken off", sentences: [messageOf(error)], tookMs: took() }
  }
}
