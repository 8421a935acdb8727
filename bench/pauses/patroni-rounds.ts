import { setTimeout as sleep } from "node:timers/promises"
import { hasEnded } from "../../src/lab/faults/process-tree.ts"
import { writersCount } from "./banyan-service.ts"
import {
  howToInstall,
  PatroniCluster,
  type PatroniSettings,
  patroniVersion,
  signal,
} from "./patroni-cluster.ts"
import type { Samples } from "./samples.ts"
import { nowMs, Writers } from "./writers.ts"

/** A commit waits for a standby, as ours do, also while there is none. */
const safe = { synchronous_mode: true, synchronous_mode_strict: true, maximum_lag_on_failover: 1_048_576 }
/** Its defaults, and the least that its documentation allows, with failover instead of a restart in place. */
const ways = {
  "Patroni, defaults": { ttl: 30, loop_wait: 10, retry_timeout: 10, ...safe },
  "Patroni, fastest": { ttl: 20, loop_wait: 1, retry_timeout: 3, primary_start_timeout: 0, ...safe },
} satisfies Record<string, PatroniSettings>

export type PatroniTimes = { readonly kill: number; readonly freeze: number }
type Strike = keyof PatroniTimes
const strikeWords = { kill: "killed", freeze: "frozen" }

/** How each series was measured. */
export function patroniSettings(): Record<string, string> {
  const version = patroniVersion()
  if (version === undefined) return {}
  const clients = `${writersCount} writers at its databases who repeat nothing and ask each in turn who takes writes`
  return Object.fromEntries(
    Object.entries(ways).flatMap(([way, settings]) =>
      Object.values(strikeWords).map(words => [
        `${way}, ${words}`,
        `${version}; ${JSON.stringify(settings)}; ${clients}`,
      ]),
    ),
  )
}

export async function patroniRounds(
  times: PatroniTimes,
  samples: Samples,
  say: (words: string) => void,
): Promise<void> {
  if (times.kill + times.freeze === 0) return
  if (patroniVersion() === undefined) return say(`Patroni is SKIPPED, it is not installed: ${howToInstall}`)
  for (const [way, settings] of Object.entries(ways)) {
    say(`starting ${way}`)
    const cluster = await PatroniCluster.start(settings)
    const writers = new Writers(cluster.writes(writersCount))
    try {
      for (const strike of ["kill", "freeze"] as const)
        for (let nth = 1; nth <= times[strike]; nth++) {
          const series = `${way}, ${strikeWords[strike]}`
          const figures = await round(strike, settings.loop_wait, cluster, writers)
          samples.add({ series, figures, counts: {} })
          say(`${series} ${nth}/${times[strike]}  pause ${Math.round(figures.pause)}`)
        }
      await writers.stop()
      const [acknowledged, failed] = [writers.acknowledged.length, writers.failed.length]
      const lost = writers.lost(await cluster.rows()).length
      const series = `${way}, ${strikeWords[times.kill > 0 ? "kill" : "freeze"]}`
      samples.add({ series, figures: {}, counts: { acknowledged, lost, failed } })
      say(`${way}: ${lost} of ${acknowledged} acknowledged writes lost, ${failed} failed`)
    } finally {
      await writers.stop()
      await cluster.end()
    }
  }
}

/** The blow comes at any moment of its loop. */
async function round(strike: Strike, loopS: number, cluster: PatroniCluster, writers: Writers) {
  await cluster.whole()
  await writers.more(20)
  await sleep(Math.random() * loopS * 1000)
  const processes = await cluster.leaderProcesses()
  const struckMs = nowMs()
  for (const pid of processes) signal(pid, strike === "kill" ? "SIGKILL" : "SIGSTOP")
  if (strike === "kill") while (!processes.every(hasEnded)) await sleep(1)
  else await sleep(10)
  // What was acknowledged before the last of them stood still may have been on its way.
  const firstMs = await writers.firstAfter(nowMs())
  const pauseMs = firstMs - struckMs
  // Nobody wakes it: like a machine that is gone for good, and then is replaced.
  if (strike === "freeze") for (const pid of processes) signal(pid, "SIGKILL")
  await cluster.whole()
  return { pause: pauseMs, "whole again": nowMs() - struckMs }
}
