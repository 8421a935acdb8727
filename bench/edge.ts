import { resolve } from "node:path"
import { banyan, bare, type Contender, haproxy, peers } from "./edge/peers.ts"
import { startUpstream } from "./edge/start-upstream.ts"
import { type Bench, type BenchLine, compare } from "./harness.ts"
import { cpuUs, outputOf, type Server, serverOn, spawnOn, temporaryFolder } from "./processes.ts"

const rounds = 7
const roundMs = 1_500
/** Until everything on the way is compiled; not counted. */
const warmMs = 4_000

type Scenario = {
  readonly words: string
  readonly connections: number
  readonly slowPercent: number
  /** No head, of a request or an answer, is the same as the one before it on its connection. */
  readonly varies: boolean
  readonly closes: boolean
  /** Against every peer, or against HAProxy alone; what a bare forwarder costs is always told. */
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
 * one CPU to itself, load and backend share the other; rounds of all proxies alternate. `edge-latency` tells what users
 * wait who do not wait for each other.
 */
export const bench: Bench = {
  says: "CPU per request of the edge against HAProxy, a bare forwarder, nginx, undici.dispatch and http-proxy; p99 against HAProxy",
  async run(say) {
    const folder = temporaryFolder("edge")
    const upstream = await startUpstream(folder)
    const running: Running[] = []
    for (const proxy of [banyan, ...peers]) {
      const server = await serverOn(0, folder, port => proxy.command(port, upstream.port, folder))
      running.push({ proxy, ...server })
    }
    const lines: BenchLine[] = []
    for (const scenario of scenarios) lines.push(...(await compareIn(scenario, running, say)))
    return lines
  },
}

type Running = Server & { readonly proxy: Contender }

type Cost = { readonly requestUs: number; readonly p99Ms: number }

async function compareIn(
  scenario: Scenario,
  all: readonly Running[],
  say: (words: string) => void,
): Promise<BenchLine[]> {
  const always = [banyan, bare, haproxy]
  const running = all.filter(({ proxy }) => scenario.everyone || always.includes(proxy))
  const costs = new Map(running.map(each => [each, [] as Cost[]]))
  say(scenario.words)
  for (const each of running) await measure(each, scenario, warmMs)
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
  const beside = (
    claim: string,
    unit: string,
    [ours, peer]: readonly Running[],
    value: (cost: Cost) => number,
  ) => compare(`${scenario.words}: ${claim}`, unit, side(ours!, value), side(peer!, value))
  const requestUs = (cost: Cost) => cost.requestUs
  const p99Ms = (cost: Cost) => cost.p99Ms
  const [ours, ...others] = running
  const against = running.find(({ proxy }) => proxy === haproxy)
  return others.flatMap(peer => {
    const pair = [ours!, peer]
    const cpu = beside(`CPU per request beside ${claims[peer.proxy.name]}`, "µs CPU", pair, requestUs)
    if (peer === against) return [cpu, beside("p99 beside HAProxy's; target: at most 1", "ms", pair, p99Ms)]
    if (peer.proxy !== bare || against === undefined) return [cpu]
    const floor = [peer, against]
    return [
      cpu,
      beside(
        "CPU per request of a bare forwarder beside HAProxy's; what Node costs",
        "µs CPU",
        floor,
        requestUs,
      ),
      beside("p99 of a bare forwarder beside HAProxy's", "ms", floor, p99Ms),
    ]
  })
}

/** What each comparison of CPU is measured against. */
const claims: Readonly<Record<string, string>> = {
  HAProxy: "HAProxy's; target: at most 1.25",
  "bare node:net forwarder": "a bare forwarder's; no target: what our features cost",
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
