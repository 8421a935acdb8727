import type { ChildProcess } from "node:child_process"
import { mkdtempSync, openSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { createInterface } from "node:readline"
import { freePort } from "../src/kit/node/free-port.ts"
import type { Round, Took } from "./edge/arrivals.ts"
import { banyan, bare, type Contender, haproxy } from "./edge/peers.ts"
import { type Bench, type BenchLine, compare } from "./harness.ts"
import { listening, spawnOn } from "./processes.ts"

const rounds = 15
/** Until everything is compiled; not counted. */
const warmRounds = 5
const roundMs = 300
const wakeMs = 30

type Scenario = Omit<Round, "port" | "durationMs"> & { readonly words: string }

const usual = { rate: 8_000, connections: 64, slowPercent: 0 }
/** Those of 64 connections in a row: they stay, and idle for longer than a proxy's time-out they would be closed. */
const scenarios: readonly Scenario[] = [
  { ...usual, words: "8,000 requests a second, 64 connections" },
  { ...usual, words: "2,000 a second, 64 connections", rate: 2_000 },
  { ...usual, words: "16,000 a second, 64 connections", rate: 16_000 },
  { ...usual, words: "8,000 a second, 64 connections, 1 % of answers slow", slowPercent: 1 },
  { ...usual, words: "8,000 a second, 8 connections", connections: 8 },
  { ...usual, words: "8,000 a second, 256 connections", connections: 256 },
  { ...usual, words: "3,000 a second, a connection each", rate: 3_000, connections: 0 },
]

type Proxy = { readonly contender: Contender; readonly port: number; readonly child: ChildProcess }

/**
 * What a request takes from when it was due, at fixed rates: arrivals wait for nobody, as those of many users do. The
 * proxy has one CPU to itself, load and backend, one process, the other; rounds are short and alternate, so that what
 * else the machine does falls into few of them, and the other proxies rest meanwhile.
 */
export const bench: Bench = {
  says: "the time a request takes through the edge, HAProxy and a bare forwarder, open-loop at fixed rates: p50 and p99",
  async run(say) {
    const folder = mkdtempSync(join(tmpdir(), "banyan-edge-"))
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
    const backend = await freePort()
    const load = startLoad(backend)
    await listening(backend)
    const proxies: Proxy[] = []
    for (const contender of [banyan, bare, haproxy].filter(({ version }) => version !== "")) {
      const port = await freePort()
      const log = openSync(join(folder, `${port}.log`), "w")
      const child = spawnOn(0, contender.command(port, backend, folder), log)
      await listening(port)
      proxies.push({ contender, port, child })
    }
    const lines: BenchLine[] = []
    for (const scenario of scenarios) lines.push(...(await compareIn(scenario, proxies, load, say)))
    return lines
  },
}

/** Memory of its own for what is soon forgotten, so that it seldom pauses itself. */
function startLoad(backend: number): (round: Round) => Promise<Took> {
  const script = resolve(import.meta.dirname, "edge/arrivals.ts")
  const flags = ["--max-semi-space-size=32", "--min-semi-space-size=32"]
  const child = spawnOn(1, [process.execPath, ...flags, script, String(backend)], "pipe", "pipe")
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  return async round => {
    child.stdin!.write(JSON.stringify(round))
    const { value, done } = await lines.next()
    if (done) throw new Error("the load ended: a connection of it failed")
    return JSON.parse(value) as Took
  }
}

async function compareIn(
  { words, ...scenario }: Scenario,
  proxies: readonly Proxy[],
  measure: (round: Round) => Promise<Took>,
  say: (words: string) => void,
): Promise<BenchLine[]> {
  const took = new Map(proxies.map(proxy => [proxy, [] as Took[]]))
  for (let nth = 1 - warmRounds; nth <= rounds; nth++) {
    for (const proxy of proxies) {
      for (const { child } of proxies) child.kill(child === proxy.child ? "SIGCONT" : "SIGSTOP")
      await new Promise(resolve => setTimeout(resolve, wakeMs))
      const one = await measure({ ...scenario, port: proxy.port, durationMs: roundMs })
      if (nth > 0) took.get(proxy)!.push(one)
    }
    if (nth > 0 && nth % 5 === 0) say(`${nth}/${rounds}  ${words}`)
  }
  const sideOf = ({ contender }: Proxy, values: readonly number[]) => ({ ...contender, values })
  const beside = (of: Proxy, peer: Proxy, quantile: "p50Ms" | "p99Ms", target: string) => {
    const values = (proxy: Proxy) => took.get(proxy)!.map(one => one[quantile])
    const claim = `${words}: ${quantile.slice(0, 3)} of ${of.contender.name} beside ${peer.contender.name}${target}`
    return compare(claim, "ms", sideOf(of, values(of)), sideOf(peer, values(peer)))
  }
  const [ours, ...others] = proxies
  const peer = proxies.find(({ contender }) => contender === haproxy)
  const floor = proxies.find(({ contender }) => contender === bare)
  return [
    ...others.map(other => beside(ours!, other, "p50Ms", "")),
    ...others.map(other => beside(ours!, other, "p99Ms", other === peer ? "; target: at most 1" : "")),
    ...(peer && floor ? [beside(floor, peer, "p99Ms", "; what Node costs")] : []),
  ]
}
