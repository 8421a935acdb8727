import { resolve } from "node:path"
import { makeCertificate } from "../src/tiers/edge/testing/tls-fixture.ts"
import { startUpstream } from "./edge/start-upstream.ts"
import { type Bench, type BenchLine, compare } from "./harness.ts"
import { cpuUs, outputOf, type Server, serverOn, spawnOn, temporaryFolder } from "./processes.ts"
import { banyan, haproxy, type TlsContender } from "./tls/peers.ts"

const rounds = 7
const roundMs = 2_000
const connections = 32

const modes = [
  { mode: "new", words: "a new connection with a whole handshake, one request" },
  { mode: "resumed", words: "a new connection from a session, one request" },
  { mode: "kept", words: "a request on a kept-alive connection" },
] as const
type Mode = (typeof modes)[number]["mode"]

type Running = Server & { readonly proxy: TlsContender }

/**
 * CPU time of a proxy that ends TLS 1.3 with one ECDSA P-256 certificate and keys by X25519; new connections a second on one core follow
 * from it. The proxy has one CPU to itself, load and backend share the other; rounds of both alternate.
 */
export const bench: Bench = {
  says: "CPU per TLS connection, new and resumed, and per request, against HAProxy",
  async run(say) {
    const folder = temporaryFolder("tls")
    const pair = makeCertificate(folder, "site", ["localhost"])
    const upstream = await startUpstream(folder)
    const running: Running[] = []
    for (const proxy of [banyan, haproxy()].filter(each => each !== undefined)) {
      const server = await serverOn(0, folder, port => proxy.command(port, upstream.port, pair, folder))
      running.push({ proxy, ...server })
    }
    const lines: BenchLine[] = []
    for (const { mode, words } of modes) lines.push(...(await compareIn(mode, words, running, say)))
    return lines
  },
}

async function compareIn(
  mode: Mode,
  words: string,
  running: readonly Running[],
  say: (words: string) => void,
): Promise<BenchLine[]> {
  const costs = new Map(running.map(each => [each, [] as number[]]))
  say(words)
  for (const each of running) await measure(each, mode, roundMs / 2)
  for (let round = 1; round <= rounds; round++) {
    for (const each of running) costs.get(each)!.push(await measure(each, mode, roundMs))
    const told = running.map(each => {
      const us = costs.get(each)!.at(-1)!
      return `${each.proxy.name} ${us.toFixed(0)} µs (${(1e6 / us).toFixed(0)}/s on one core)`
    })
    say(`${round}/${rounds}  ${told.join("   ")}`)
  }
  const side = (of: Running) => {
    const { name, version, configuration } = of.proxy
    return { name, version, configuration, values: costs.get(of)! }
  }
  const [ours, peer] = running
  const claim = `${words}: CPU beside HAProxy's; no target`
  return [compare(claim, "µs CPU", side(ours!), peer === undefined ? null : side(peer))]
}

/** Microseconds of CPU (user and system) that one of them cost the proxy. */
async function measure({ port, pid, proxy }: Running, mode: Mode, durationMs: number): Promise<number> {
  const beforeUs = cpuUs(pid)
  const script = resolve(import.meta.dirname, "tls/load.ts")
  const options = [port, connections, durationMs, mode].map(String)
  const output = await outputOf(spawnOn(1, [process.execPath, script, ...options]))
  const { requests, failed, resumed } = JSON.parse(output) as Record<
    "requests" | "failed" | "resumed",
    number
  >
  if (failed > 0) throw new Error(`${proxy.name}: ${failed} of ${requests} requests failed`)
  const wanted = mode === "resumed" ? requests - connections : 0
  if (resumed < wanted)
    throw new Error(`${proxy.name}: ${resumed} of ${requests} connections resumed a session`)
  return (cpuUs(pid) - beforeUs) / requests
}
