/**
 * Entry point of the generator that the console starts: a process of its own, told by its parent how fast. It ends with
 * its parent, and when it is told to.
 */
import type { LoadOrder, LoadWord } from "../../boot/service/load-order.ts"
import { messageOf } from "../../kit/errors.ts"
import type { LoadReport, Scenario } from "./load.ts"
import { runLoad } from "./run-load.ts"
import { mixFor } from "./service-mix.ts"

const timeoutMs = 10_000
const newConnectionShare = 0.1
const toldFailures = 5

let scenario: Scenario | undefined
let enough = new AbortController()
/** Runs follow each other at other rates; the last one's end is the generator's. */
let newest = 0

process.on("message", (order: LoadOrder | "stop") => {
  if (order === "stop") enough.abort()
  else void run(order)
})
process.on("disconnect", () => process.exit())
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {})

async function run({ target, rps, forMs }: LoadOrder): Promise<void> {
  const nth = ++newest
  enough.abort()
  enough = new AbortController()
  const stop = enough.signal
  try {
    const mix = scenario === undefined ? await mixFor(target, Date.now() % 2 ** 32) : undefined
    const known = scenario
    const report = await runLoad({
      target,
      // Accounts and cafes are learnt once; another rate goes on with them.
      scenario: mix?.scenario ?? { next: () => known!.next() },
      rps,
      durationMs: forMs,
      enough: stop,
      arrivals: "poisson",
      seed: nth,
      newConnectionShare,
      timeoutMs,
      onBegin: () => {
        scenario ??= mix?.scenario
        if (mix !== undefined) tell({ type: "began", mix: mix.name })
      },
      onTick: tick => tell({ type: "tick", tick }),
    })
    if (report.failed > 0) tell({ type: "failures", words: wordsOf(report) })
    if (nth === newest) leave({ type: "ended" })
  } catch (error) {
    if (nth === newest) leave({ type: "ended", problem: messageOf(error) })
  }
}

function wordsOf({ samples }: LoadReport): string[] {
  return samples
    .slice(0, toldFailures)
    .map(({ method, target, failure, detail }) => `${method} ${target}: ${failure} ${detail}`)
}

function tell(word: LoadWord): void {
  if (process.connected) process.send?.(word)
}

function leave(word: LoadWord): void {
  process.send?.(word, () => process.exit())
}
