import type { Bench } from "./harness.ts"
import { BanyanService, writersCount } from "./pauses/banyan-service.ts"
import { Samples } from "./pauses/samples.ts"
import { nowMs } from "./pauses/writers.ts"

/** More of them in several runs: each run adds to what is there, and `--fresh` begins anew. */
const times = Number(process.env["BANYAN_SWITCHOVERS"] ?? 20)
const series = "Banyan, switchover"

/** The planned change of the primary, again and again, under clients of the whole service who write without a pause. */
export const bench: Bench = {
  says: "a planned switchover of a whole service: how long writes stand still, and whether one failed or was lost",
  asTable: true,
  async run(say) {
    const samples = new Samples("switchover")
    if (times > 0) await rounds(samples, say)
    const configuration = `Beigel over HTTP through front door, web and router; ${writersCount} writers who repeat nothing`
    return samples.lines({ [series]: configuration })
  },
}

async function rounds(samples: Samples, say: (words: string) => void): Promise<void> {
  say("starting a service with a primary and two replicas")
  const service = await BanyanService.start("bench-switchover")
  let keeps = true
  try {
    for (let nth = 1; nth <= times; nth++) {
      const { figures, failed } = await round(service)
      samples.add({ series, figures, counts: { failed: failed.length } })
      const words = Object.entries(figures).map(([name, ms]) => `${name} ${Math.round(ms)}`)
      say([`${nth}/${times}`, ...words, ...failed.slice(0, 2)].join("  "))
    }
    const lost = await service.lost()
    const acknowledged = service.writers.acknowledged.length
    samples.add({ series, figures: {}, counts: { acknowledged, lost: lost.length } })
    say(`${lost.length} of ${acknowledged} acknowledged writes lost ${lost.slice(0, 5).join(", ")}`)
    keeps = lost.length > 0 || service.writers.failed.length > 0
  } finally {
    const folder = await service.end(keeps)
    if (keeps) say(`kept for its logs: ${folder}`)
  }
}

async function round(service: BanyanService) {
  const { writers } = service
  const former = service.primary
  await service.whole()
  await writers.more(20)
  const failedBefore = writers.failed.length
  writers.takeLongestWaitMs()
  const beganMs = nowMs()
  await service.switchOver()
  const { parts } = await service.promotionAfter(former)
  await writers.more(20)
  const longestWaitMs = writers.takeLongestWaitMs()
  const pauseMs = writers.longestSilenceMs(beganMs, nowMs())
  const { drainMs = 0, stopMs = 0, catchUpMs = 0, promoteMs = 0 } = parts
  await service.whole()
  return {
    figures: {
      pause: pauseMs,
      "of it drain": drainMs,
      "of it stop": stopMs,
      "of it catch up": catchUpMs,
      "of it promote": promoteMs,
      "of it told": pauseMs - drainMs - stopMs - catchUpMs - promoteMs,
      "longest wait of a write": longestWaitMs,
      "whole again": nowMs() - beganMs,
    },
    failed: writers.failed.slice(failedBefore),
  }
}
