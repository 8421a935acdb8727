import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { messageOf } from "../../../src/kit/errors.ts"
import type { DrillVerdict } from "../../../src/lab/drills/drill.ts"
import { runDrill } from "../../../src/lab/drills/run-drill.ts"
import { fileUrlOf, isTest, type PlantedBug } from "./planted-bug.ts"
import { bugNamed } from "./planted-bugs.ts"

const app = fileURLToPath(new URL("../../../apps/beigel/app.ts", import.meta.url))

/** What a drill said: its violations, or why it could not go on (`broken off`); what a test that failed said, line by line. */
export type Said = {
  readonly verdict: DrillVerdict | "broken off"
  readonly sentences: readonly string[]
  readonly tookMs: number
}

/** What hangs longer than this hangs, on a starved machine too. */
const testTimeoutMs = 900_000

type Options = { readonly seed: number; readonly signal: AbortSignal; readonly say?: (words: string) => void }

/** Runs a drill, or a test, on the product as it is. */
export function runClean(caughtBy: string, options: Options): Promise<Said> {
  return isTest(caughtBy) ? runTest(caughtBy, options, []) : run(caughtBy, options, {})
}

/** Runs the drill, or the test, that must catch this bug on a product that has it. */
export function runPlanted(name: string, options: Options): Promise<Said> {
  const { caughtBy, only, full }: PlantedBug = bugNamed(name)
  const plant = new URL(`plant.ts?bug=${name}`, import.meta.url).href
  if (isTest(caughtBy)) {
    const flags = only === undefined ? [] : [`--test-name-pattern=${only}`]
    return runTest(caughtBy, options, ["--import", plant, ...flags])
  }
  return run(caughtBy, options, {
    short: full !== true,
    ...(only === undefined ? {} : { only }),
    untilViolation: true,
    preload: [plant],
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

/** The file by itself: its tests run in the process that loads the bug. */
function runTest(file: string, { signal, say = () => {} }: Options, flags: readonly string[]): Promise<Said> {
  const startedMs = performance.now()
  const path = fileURLToPath(fileUrlOf({ file }))
  return new Promise((resolve, reject) => {
    const options = { signal, timeout: testTimeoutMs, maxBuffer: 2 ** 26 }
    execFile(process.execPath, [...flags, path], options, (error, stdout) => {
      if (signal.aborted) return reject(signal.reason)
      const verdict = error === null ? "passed" : error.killed ? "broken off" : "failed"
      const lines = error === null ? [] : stdout.split("\n").map(line => line.trim())
      const sentences = verdict === "broken off" ? [`${file} had not ended after ${testTimeoutMs} ms`] : lines
      say(`${file}: ${verdict}`)
      resolve({ verdict, sentences, tookMs: performance.now() - startedMs })
    })
  })
}
