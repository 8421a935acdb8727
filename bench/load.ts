import type { ChildProcess } from "node:child_process"
import { loadavg } from "node:os"
import { resolve } from "node:path"
import { freePort } from "../src/kit/node/free-port.ts"
import type { Arrivals } from "../src/lab/load/arrivals.ts"
import { generatorFlags } from "../src/lab/load/generator-flags.ts"
import { maxLagP99Ms } from "../src/lab/load/load.ts"
import { type Bench, type BenchLine, compare, type Side, summarise } from "./harness.ts"
import type { GeneratorOutput } from "./load/generator.ts"
import { type Peer, peers, wrk } from "./load/peers.ts"
import { cpuUs, listening, outputOf, spawnOn } from "./processes.ts"

const rounds = 3
const seconds = 10
/** Of runs that tell less: a cold start, another generator, the way to the ceiling. */
const shortSeconds = 5
const connections = 64
const claimedRps = 20_000
const cases: readonly Case[] = [
  { start: "cold", arrivals: "poisson", rps: 5_000 },
  { start: "warm", arrivals: "poisson", rps: 5_000 },
  { start: "warm", arrivals: "poisson", rps: 10_000 },
  { start: "warm", arrivals: "constant", rps: claimedRps },
  { start: "warm", arrivals: "poisson", rps: claimedRps },
]
const ceilingStepRps = 5_000

/**
 * The lab's generator on one CPU and a canned responder on the other: does it send when it meant to? Other generators
 * ask the same responder in turn; all but ours wait for answers, so their CPU alone is compared.
 */
export const bench: Bench = {
  says: "the load generator: its own lag at 20,000 requests a second, CPU per request beside others'",
  async run(say) {
    const runs = cases.map(each => ({ ...each, results: [] as Result[] }))
    const asked = peers.map(peer => ({ peer, results: [] as PeerResult[] }))
    const ceilings: number[] = []
    for (let round = 1; round <= rounds; round++) {
      for (const { results, ...each } of runs) {
        const result = await generate(each, each.start === "cold" ? shortSeconds : seconds, round)
        results.push(result)
        say(`${round}/${rounds}  ${each.start} ${wordsOf(result)}`)
      }
      for (const { peer, results } of asked) {
        const result = await ask(peer)
        results.push(result)
        say(`${round}/${rounds}  ${peer.name} ${result.rps.toFixed(0)}/s  ${result.cpuUs.toFixed(1)} µs CPU`)
      }
      ceilings.push(runs.at(-1)!.results.at(-1)!.report.lagging ? 0 : await ceiling(say, round))
    }
    return [
      ...runs.flatMap(({ results, ...each }) => linesOf(each, results)),
      line("the highest rate held with a lag of at most 5 ms at p99, Poisson", "requests/s", warm, ceilings),
      ...asked.flatMap(({ peer, results }) => peerLines(peer, results, runs.at(-1)!.results)),
    ]
  },
}

type Case = { readonly start: "cold" | "warm"; readonly arrivals: Arrivals; readonly rps: number }

type Result = GeneratorOutput & {
  readonly responderCpuUs: number
}

type PeerResult = { readonly rps: number; readonly cpuUs: number }

/** A run of ours; throws when requests failed otherwise than late, for then nothing was measured. */
async function generate({ start, arrivals, rps }: Case, forSeconds: number, seed: number): Promise<Result> {
  return withResponder(async (port, pid) => {
    const script = resolve(import.meta.dirname, "load/generator.ts")
    const args = [arrivals, port, rps, forSeconds * 1000, seed, start].map(String)
    const beforeUs = cpuUs(pid)
    const output = await outputOf(spawnOn(0, [process.execPath, ...generatorFlags, script, ...args]))
    const result = JSON.parse(output) as GeneratorOutput
    const { failed, failures, sent, samples } = result.report
    if (failed > failures.timeout) throw new Error(`${failed} of ${sent} failed: ${JSON.stringify(samples)}`)
    return { ...result, responderCpuUs: (cpuUs(pid) - beforeUs) / sent }
  })
}

/** A run of another: `times` of the shell tells the CPU of its whole process. */
async function ask(peer: Peer): Promise<PeerResult> {
  return withResponder(async port => {
    const url = `http://127.0.0.1:${port}/api/cafes?lat=40.7&lon=-74`
    const command = peer.command({ url, rps: claimedRps, connections, seconds: shortSeconds })
    const output = await outputOf(spawnOn(0, ["sh", "-c", '"$@" 2>&1; times', "sh", ...command]))
    const answers = peer.answers(output)
    const times = output
      .trimEnd()
      .split("\n")
      .at(-1)!
      .matchAll(/(\d+)m([\d.]+)s/g)
    const tookS = [...times].reduce((sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest), 0)
    return { rps: answers / shortSeconds, cpuUs: (tookS * 1e6) / answers }
  })
}

/** Each run has its own: on the same port, connections of the run before would stand in the way of new ones. */
async function withResponder<T>(use: (port: number, pid: number) => Promise<T>): Promise<T> {
  const port = await freePort()
  const script = resolve(import.meta.dirname, "edge/upstream.ts")
  const responder: ChildProcess = spawnOn(1, [process.execPath, script, String(port)])
  try {
    await listening(port)
    return await use(port, responder.pid!)
  } finally {
    responder.kill("SIGKILL")
  }
}

/** Climbs from the claimed rate, which was held, until the generator is late. */
async function ceiling(say: (words: string) => void, seed: number): Promise<number> {
  for (let rps = claimedRps + ceilingStepRps; ; rps += ceilingStepRps) {
    const result = await generate({ start: "warm", arrivals: "poisson", rps }, shortSeconds, seed)
    if (result.report.lagging) {
      say(`${seed}/${rounds}  late at ${rps}/s: ${wordsOf(result)}`)
      return rps - ceilingStepRps
    }
  }
}

function wordsOf({ report, cpuUs, responderCpuUs, waitedMs }: Result): string {
  const { arrivals, rps, sent, durationMs, lagMs, latencyMs, lagging } = report
  return [
    `${arrivals} ${rps}/s: ${((sent * 1000) / durationMs).toFixed(0)}/s sent`,
    `lag p50 ${lagMs.p50} p99 ${lagMs.p99} max ${lagMs.max} ms${lagging ? " (invalid)" : ""}`,
    `latency p50 ${latencyMs.p50} p99 ${latencyMs.p99} ms`,
    `CPU ${(cpuUs / sent).toFixed(1)} µs, responder's ${responderCpuUs.toFixed(1)} µs`,
    `kept waiting for its CPU ${waitedMs.toFixed(0)} ms, load average ${loadavg()[0]!.toFixed(1)}`,
  ].join("  ")
}

function linesOf({ start, arrivals, rps }: Case, results: readonly Result[]): BenchLine[] {
  const at = `${start} start, ${arrivals} arrivals, ${rps} requests/s`
  const of = (claim: string, unit: string, figure: (result: Result) => number) =>
    line(`${at}: ${claim}`, unit, start === "cold" ? cold : warm, results.map(figure))
  const lag = of(`own lag, p99; target: at most ${maxLagP99Ms} ms`, "ms", ({ report }) => report.lagMs.p99)
  if (rps < claimedRps) return [lag]
  return [
    lag,
    of("own lag, p50", "ms", ({ report }) => report.lagMs.p50),
    of("own lag, max", "ms", ({ report }) => report.lagMs.max),
    of("sent", "requests/s", ({ report }) => (report.sent * 1000) / report.durationMs),
    of("latency, p50", "ms", ({ report }) => report.latencyMs.p50),
    of("latency, p99", "ms", ({ report }) => report.latencyMs.p99),
    of("CPU of the generator", "µs a request", ({ report, cpuUs }) => cpuUs / report.sent),
    of("CPU of the responder", "µs a request", ({ responderCpuUs }) => responderCpuUs),
    of("the generator was kept waiting for its CPU", "ms", ({ waitedMs }) => waitedMs),
  ]
}

function peerLines(peer: Peer, results: readonly PeerResult[], ours: readonly Result[]): BenchLine[] {
  const { name, version } = peer
  const rates = results.map(({ rps }) => rps)
  const configuration = `${peer.configuration}; ${summarise(rates).median.toFixed(0)} requests/s`
  const costsUs = ours.map(({ report, cpuUs }) => cpuUs / report.sent)
  const side = { name, version, configuration, values: results.map(({ cpuUs }) => cpuUs) }
  const costs = compare(`CPU per request beside ${name}'s; no target`, "µs CPU", banyan(warm, costsUs), side)
  if (peer !== wrk) return [costs]
  const responder = {
    name: "canned responder",
    version: process.versions.node,
    configuration: "asked by wrk",
  }
  return [costs, compare("the responder's ceiling", "requests/s", { ...responder, values: rates }, null)]
}

const onOneCpu = "open loop, one CPU; the responder, node:net, on the other"
const cold = `${onOneCpu}; ${shortSeconds} s from a cold start`
const warm =
  `${onOneCpu}; ${seconds} s (the climb ${shortSeconds} s), after a warm-up of 1.5 s on its own code, ` +
  "256 connections opened beforehand"

function line(claim: string, unit: string, configuration: string, values: readonly number[]): BenchLine {
  return compare(claim, unit, banyan(configuration, values), null)
}

function banyan(configuration: string, values: readonly number[]): Side {
  const flags = `node ${generatorFlags.join(" ")}`
  return { name: "banyan load", version: "0.1.0", configuration: `${configuration}; ${flags}`, values }
}
