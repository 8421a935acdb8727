import { Agent, get } from "node:http"
import type { ScratchService } from "../src/lab/scratch-service.ts"
import { withBeigel } from "./beigel-service.ts"
import { type Bench, compare, summarise } from "./harness.ts"
import { weightOf } from "./processes.ts"

const rounds = Number(process.env["BANYAN_BENCH_ROUNDS"] ?? 5)
const requests = 300
/** Connections are made, replicas are read from, code is warm. */
const warmUpMs = 3000
const ladder = ["single", "balanced", "replicated"] as const

type Stage = (typeof ladder)[number]
type Figures = {
  upMs: number[]
  downMs: number[]
  processes: number[]
  pssMib: number[]
  requestMs: number[]
}

/** What each rung of the ladder costs: to climb it, in processes, in memory, and for a request that is alone. */
export const bench: Bench = {
  says: "each stage: processes, memory, one request's time, and how long grow and shrink take",
  asTable: true,
  async run(say) {
    const figures = new Map<Stage, Figures>()
    for (const stage of ladder)
      figures.set(stage, { upMs: [], downMs: [], processes: [], pssMib: [], requestMs: [] })
    await withBeigel("stages", async service => {
      for (let round = 1; round <= rounds; round++) {
        for (const stage of ladder) {
          const of = figures.get(stage)!
          if (stage !== "single") of.upMs.push(await tookMs(service, "grow"))
          await new Promise(resolve => setTimeout(resolve, warmUpMs))
          of.requestMs.push(await oneAtATimeMs(service.port))
          const { processes, pssMib } = weightOf(service.folder)
          of.processes.push(processes)
          of.pssMib.push(pssMib)
          say(
            `${round}/${rounds}  ${stage}: ${processes} processes, ${pssMib.toFixed(0)} MiB, a request ${of.requestMs.at(-1)!.toFixed(2)} ms`,
          )
        }
        for (const stage of ladder.slice(1).toReversed())
          figures.get(stage)!.downMs.push(await tookMs(service, "shrink"))
      }
    })
    return ladder.flatMap(stage => linesOf(stage, figures.get(stage)!))
  },
}

function linesOf(stage: Stage, { upMs, downMs, processes, pssMib, requestMs }: Figures) {
  const line = (claim: string, unit: string, values: readonly number[]) => {
    const configuration =
      "Beigel, 3,168 cafés; processes with those of Postgres, one for each connection; a request by itself"
    return compare(claim, unit, { name: stage, version: "", configuration, values }, null)
  }
  return [
    line("processes", "", processes),
    line("PSS MiB", "MiB", pssMib.map(Math.round)),
    line(
      "request ms",
      "ms",
      requestMs.map(ms => Math.round(ms * 100) / 100),
    ),
    ...(upMs.length === 0 ? [] : [line("grow ms", "ms", upMs), line("shrink ms", "ms", downMs)]),
  ]
}

async function tookMs(service: ScratchService, type: "grow" | "shrink"): Promise<number> {
  const plan = await service.change({ type })
  return plan!.finishedAtMs! - plan!.startedAtMs!
}

async function oneAtATimeMs(port: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const tookMs: number[] = []
  for (let nth = 0; nth < requests; nth++) {
    const startedMs = performance.now()
    await new Promise<void>((resolve, reject) => {
      get({ agent, port, host: "127.0.0.1", path: "/api/cafes?lat=40.73&lon=-73.98&limit=10" }, answer => {
        answer.resume().on("end", resolve)
        if (answer.statusCode !== 200) reject(new Error(`answered ${answer.statusCode}`))
      }).on("error", reject)
    })
    tookMs.push(performance.now() - startedMs)
  }
  agent.destroy()
  return summarise(tookMs).median
}
