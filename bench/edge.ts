import type { ChildProcess } from "node:child_process"
import { mkdtempSync, openSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { freePort } from "../src/lab/scratch-service.ts"
import { banyan, type Contender, peers } from "./edge/peers.ts"
import { type Bench, type BenchLine, compare } from "./harness.ts"
import { cpuUs, listening, outputOf, spawnOn } from "./processes.ts"

const rounds = 7
const roundMs = 1_500

type Scenario = {
  readonly words: string
  readonly connections: number
  readonly slowPercent: number
  /** No head, of a request or an answer, is the same as the one before it on its connection. */
  readonly varies: boolean
  readonly closes: boolean
  /** Against every peer, or against HAProxy alone. */
  readonly everyone: boolean
}

const keptAlive = { slowPercent: 0, varies: false, closes: false, everyone: false }
const scenarios: readonly Scenario[] = [
  { ...keptAlive, words: "64 kept-alive connections", connections: 64, everyone: true },
  { ...keptAlive, words: "8 kept-alive connections", connections: 8 },
  { ...keptAlive, words: "256 kept-alive connections", connections: 256 },
  { ...keptAlive, words: "64 kept-alive connections, no head like the last", connections: 64, varies: true },
  { ...keptAlive, words: "64 kept-alive connections, 1 % of answers slow", connections: 64, slowPercent: 1 },
  { ...keptAlive, words: "64 clients, a connection for each request", connections: 64, closes: true },
]

/**
 * CPU time of a proxy for one request, and the time one in a hundred takes: 2 KB answers, closed loop. The proxy has
 * one CPU to itself, load and backend share the other; rounds of all proxies alternate.
 */
export const bench: Bench = {
  says: "CPU per request of the edge against HAProxy, nginx, undici.dispatch and http-proxy; p99 against HAProxy",
  async run(say) {
    const folder = mkdtempSync(join(tmpdir(), "banyan-edge-"))
    const children: ChildProcess[] = []
    try {
      const upstream = await freePort()
      const upstreamScript = resolve(import.meta.dirname, "edge/upstream.ts")
      children.push(spawnOn(1, [process.execPath, upstreamScript, String(upstream)]))
      await listening(upstream)
      const running: Running[] = []
      for (const proxy of [banyan, ...peers]) {
        const port = await freePort()
        const log = openSync(join(folder, `${port}.log`), "w")
        const child = spawnOn(0, proxy.command(port, upstream, folder), log)
        children.push(child)
        await listening(port)
        running.push({ proxy, port, pid: child.pid! })
      }
      const lines: BenchLine[] = []
      for (const scenario of scenarios) lines.push(...(await compareIn(scenario, running, say)))
      return lines
    } finally {
      for (const child of children) child.kill("SIGKILL")
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

type Running = { readonly proxy: Contender; readonly port: number; readonly pid: number }

type Cost = { readonly requestUs: number; readonly p99Ms: number }

async function compareIn(
  scenario: Scenario,
  all: readonly Running[],
  say: (words: string) => void,
): Promise<BenchLine[]> {
  const running = all.filter(({ proxy }) => scenario.everyone || proxy === banyan || proxy.name === "HAProxy")
  const costs = new Map(running.map(each => [each, [] as Cost[]]))
  say(scenario.words)
  for (const each of running) await measure(each, scenario, roundMs / 2)
  for (let round = 1; round <= rounds; round++) {
    for (const each of running) costs.get(each)!.push(await measure(each, scenario, roundMs))
    const words = running.map(each => {
      const { requestUs, p99Ms } = costs.get(each)!.at(-1)!
      return `${each.proxy.name} ${requestUs.toFixed(1)} µs, p99 ${p99Ms.toFixed(2)} ms`
    })
    say(`${round}/${rounds}  ${words.join("   ")}`)
  }
  const side = (of: Running, value: (cost: Cost) => number) => {
    const { name, version, configuration } = of.proxy
    return { name, version, configuration, values: costs.get(of)!.map(value) }
  }
  const [ours, ...others] = running
  return others.flatMap(peer => {
    const line = (claim: string, unit: string, value: (cost: Cost) => number) =>
      compare(`${scenario.words}: ${claim}`, unit, side(ours!, value), side(peer, value))
    const cpu = line(`CPU per request beside ${claims[peer.proxy.name]}`, "µs CPU", cost => cost.requestUs)
    if (peer.proxy.name !== "HAProxy") return [cpu]
    return [cpu, line("p99 beside HAProxy's; target: at most 1", "ms", cost => cost.p99Ms)]
  })
}

/** What each comparison of CPU is measured against. */
const claims: Readonly<Record<string, string>> = {
  HAProxy: "HAProxy's; target: at most 1.25",
  nginx: "nginx's; no target",
  "node:http + undici.dispatch": "undici.dispatch's; target: at most 0.67",
  "http-proxy": "http-proxy's; target: at most 0.33",
}

/** Microseconds of CPU (user and system) that one request cost the proxy, and how long one in a hundred took. */
async function measure({ port, pid, proxy }: Running, scenario: Scenario, durationMs: number): Promise<Cost> {
  const beforeUs = cpuUs(pid)
  const script = resolve(import.meta.dirname, "edge/load.ts")
  const { connections, slowPercent, closes, varies } = scenario
  const how = [closes ? "close" : "keep-alive", varies ? "varied" : "same"]
  const options = [port, connections, durationMs, slowPercent, ...how].map(String)
  const output = await outputOf(spawnOn(1, [process.execPath, script, ...options]))
  const { requests, failed, p99Ms } = JSON.parse(output) as {
    requests: number
    failed: number
    p99Ms: number
  }
  if (failed > 0) throw new Error(`${proxy.name}: ${failed} of ${requests} requests failed`)
  return { requestUs: (cpuUs(pid) - beforeUs) / requests, p99Ms }
}
