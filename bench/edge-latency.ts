import { resolve } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { freePort } from "../src/kit/node/free-port.ts"
import type { Round, Took } from "./edge/arrivals.ts"
import { banyan, bare, type Contender, haproxy } from "./edge/peers.ts"
import { type Bench, type BenchLine, compare } from "./harness.ts"
import { listening, type Server, serverOn, spawnOn, temporaryFolder } from "./processes.ts"

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

/**
 * What a request takes from when it was due, at fixed rates: arrivals wait for nobody, as those of many users do. The
 * proxy has one CPU to itself, load and backend, one process, the other; rounds are short and alternate, so that what
 * else the machine does falls into few of them, and the other proxies rest meanwhile.
 */
export const bench: Bench = {
  says: "the time a request takes through the edge, HAProxy and a bare forwarder, open-loop at fixed rates: p50 and p99",
  async run(say) {
    const folder = temporaryFolder("edge-latency")
    const backend = await freePort()
    const load = startLoad(backend)
    await listening(backend)
    const running: Running[] = []
    for (const proxy of [banyan, bare, haproxy].filter(({ version }) => version !== "")) {
      const server = await serverOn(0, folder, port => proxy.command(port, backend, folder))
      running.push({ proxy, ...server })
    }
    const lines: BenchLine[] = []
    for (const scenario of scenarios) lines.push(...(await compareIn(scenario, running, load, say)))
    return lines
  },
}

type Running = Server & { readonly proxy: Contender }

/** Memory of its own for what is soon forgotten, so that it seldom pauses itself. */
function startLoad(backend: number): (round: Round) => Promise<Took> {
  const script = resolve(import.meta.dirname, "edge/arrivals.ts")
  const flags = ["--max-semi-space-size=32", "--min-semi-space-size=32"]
  const child = spawnOn(1, [process.execPath, ...flags, script, String(backend)], "pipe", "pipe")
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  return async round => {
    child.stdin!.write(`${JSON.stringify(round)}\n`)
    const { value, done } = await lines.next()
    if (done) throw new Error("the load ended: a connection of it failed")
    return JSON.parse(value) as Took
  }
}

async function compareIn(
  { words, ...scenario }: Scenario,
  all: readonly Running[],
  measure: (round: Round) => Promise<Took>,
  say: (words: string) => void,
): Promise<BenchLine[]> {
  const took = new Map(all.map(each => [each, [] as Took[]]))
  for (let nth = 1 - warmRounds; nth <= rounds; nth++) {
    for (const each of all) {
      for (const { pid } of all) process.kill(pid, pid === each.pid ? "SIGCONT" : "SIGSTOP")
      await sleep(wakeMs)
      const one = await measure({ ...scenario, port: each.port, durationMs: roundMs })
      if (nth > 0) took.get(each)!.push(one)
    }
    if (nth > 0 && nth % 5 === 0) say(`${nth}/${rounds}  ${words}`)
  }
  const beside = (of: Running, peer: Running, quantile: "p50Ms" | "p99Ms", target: string) => {
    const side = (each: Running) => ({ ...each.proxy, values: took.get(each)!.map(one => one[quantile]) })
    const claim = `${words}: ${quantile.slice(0, 3)} of ${of.proxy.name} beside ${peer.proxy.name}${target}`
    return compare(claim, "ms", side(of), side(peer))
  }
  const [ours, ...others] = all
  const peer = all.find(({ proxy }) => proxy === haproxy)
  const floor = all.find(({ proxy }) => proxy === bare)
  return [
    ...others.map(other => beside(ours!, other, "p50Ms", "")),
    ...others.map(other => beside(ours!, other, "p99Ms", other === peer ? "; target: at most 1" : "")),
    ...(peer && floor ? [beside(floor, peer, "p99Ms", "; what Node costs")] : []),
  ]
}
