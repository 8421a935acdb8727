import { freezeFault } from "../src/lab/faults/freeze.ts"
import { killFault } from "../src/lab/faults/kill.ts"
import type { Bench } from "./harness.ts"
import { BanyanService, writersCount } from "./pauses/banyan-service.ts"
import { patroniRounds, patroniSettings } from "./pauses/patroni-rounds.ts"
import { Samples } from "./pauses/samples.ts"
import { nowMs } from "./pauses/writers.ts"

/** More of them in several runs: each run adds to what is there, and `--fresh` begins anew. */
const times = {
  kill: Number(process.env["BANYAN_KILLS"] ?? 20),
  freeze: Number(process.env["BANYAN_FREEZES"] ?? 5),
}
const patroniTimes = {
  kill: Number(process.env["BANYAN_PATRONI_KILLS"] ?? 5),
  freeze: Number(process.env["BANYAN_PATRONI_FREEZES"] ?? 0),
}

type Strike = keyof typeof times
const seriesOf = { kill: "Banyan, killed", freeze: "Banyan, frozen" } as const

/**
 * From the end of a primary to the first write that is acknowledged after it, at clients of the whole service, and
 * whether an acknowledged write was lost; and the same of Patroni and etcd on this machine, at clients of its databases.
 * Patroni pays for a lease that survives partitions between machines; ours, on one machine, does not need to.
 */
export const bench: Bench = {
  says: "a primary killed or frozen: until a user's write is acknowledged again, what was lost; Patroni and etcd beside it",
  asTable: true,
  async run(say) {
    const samples = new Samples("failover")
    if (times.kill + times.freeze > 0) await banyanRounds(samples, say)
    await patroniRounds(patroniTimes, samples, say)
    const ours = `Beigel over HTTP through front door, web and router; ${writersCount} writers who repeat nothing`
    return samples.lines({
      [seriesOf.kill]: `SIGKILL of the postmaster; ${ours}`,
      [seriesOf.freeze]: `SIGSTOP of all its processes, data/hungAfterMs 1000; ${ours}`,
      ...patroniSettings(),
    })
  },
}

async function banyanRounds(samples: Samples, say: (words: string) => void): Promise<void> {
  say("starting a service with a primary and two replicas")
  const service = await BanyanService.start("bench-failover")
  let keeps = true
  try {
    for (const strike of ["kill", "freeze"] as const)
      for (let nth = 1; nth <= times[strike]; nth++) {
        const { figures, failed } = await round(strike, service)
        samples.add({ series: seriesOf[strike], figures, counts: { failed: failed.length } })
        const words = Object.entries(figures).map(([name, ms]) => `${name} ${Math.round(ms)}`)
        say([`${strike} ${nth}/${times[strike]}`, ...words, ...failed.slice(0, 2)].join("  "))
      }
    const lost = await service.lost()
    const acknowledged = service.writers.acknowledged.length
    samples.add({ series: seriesOf.kill, figures: {}, counts: { acknowledged, lost: lost.length } })
    say(`${lost.length} of ${acknowledged} acknowledged writes lost ${lost.slice(0, 5).join(", ")}`)
    keeps = lost.length > 0
  } finally {
    const folder = await service.end(keeps)
    if (keeps) say(`kept for its logs: ${folder}`)
  }
}

async function round(strike: Strike, service: BanyanService) {
  const { writers } = service
  const former = service.primary
  const pid = await service.primaryPid()
  await writers.more(20)
  const failedBefore = writers.failed.length
  writers.takeLongestWaitMs()
  const fault =
    strike === "kill"
      ? killFault(former, pid)
      : freezeFault({ subject: former, pid, scope: "tree", by: "signal" })
  const struckMs = nowMs()
  const struck = fault.strike()
  const promotion = await service.promotionAfter(former)
  // Between the fence, which comes before the order, and the promotion nobody can acknowledge anything.
  const firstMs = await writers.firstAfter(promotion.atMs)
  await struck
  await writers.more(20)
  const longestWaitMs = writers.takeLongestWaitMs()
  await service.whole()
  const wholeMs = nowMs() - struckMs
  const { fenceMs = 0, killMs = 0, horizonMs = 0, promoteMs = 0, quorumMs = 0 } = promotion.parts
  return {
    figures: {
      pause: firstMs - struckMs,
      // From the blow to the first act against it; after the last one, until a writer hears of it.
      "of it noticed": promotion.atMs - struckMs - fenceMs - killMs - horizonMs,
      "of it fence": fenceMs,
      "of it kill": killMs,
      "of it horizon": horizonMs,
      "of it promote": promoteMs,
      "of it quorum": quorumMs,
      "of it told": firstMs - promotion.atMs - promoteMs - quorumMs,
      "longest wait of a write": longestWaitMs,
      "whole again": wholeMs,
    },
    failed: writers.failed.slice(failedBefore),
  }
}
