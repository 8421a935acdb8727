import type { ChildProcess } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { freePort } from "../src/lab/scratch-service.ts"
import { banyan, type Contender, peers } from "./edge/peers.ts"
import { type Bench, type BenchLine, compare } from "./harness.ts"
import { cpuUs, listening, outputOf, spawnOn } from "./processes.ts"

const rounds = 7
const roundMs = 2_000
const connections = 64

/**
 * CPU time of a proxy for one request: 2 KB answers on 64 kept-alive connections, closed loop. The proxy has one CPU
 * to itself, load and backend share the other; rounds of all proxies alternate.
 */
export const bench: Bench = {
  says: "CPU per request of the edge against HAProxy, nginx, undici.dispatch and http-proxy",
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
        const child = spawnOn(0, proxy.command(port, upstream, folder))
        children.push(child)
        await listening(port)
        running.push({ proxy, port, pid: child.pid!, costsUs: [] })
      }
      for (const each of running) await measure(each, roundMs / 2)
      for (let round = 1; round <= rounds; round++) {
        for (const each of running) each.costsUs.push(await measure(each, roundMs))
        const words = running.map(({ proxy, costsUs }) => `${proxy.name} ${costsUs.at(-1)!.toFixed(1)}`)
        say(`${round}/${rounds}  ${words.join("   ")}  µs`)
      }
      return lines(running)
    } finally {
      for (const child of children) child.kill("SIGKILL")
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

type Running = {
  readonly proxy: Contender
  readonly port: number
  readonly pid: number
  readonly costsUs: number[]
}

/** What each comparison is measured against. */
const claims: Readonly<Record<string, string>> = {
  HAProxy: "CPU per request beside HAProxy's; target: at most 1.15",
  nginx: "CPU per request beside nginx's; no target",
  "node:http + undici.dispatch": "CPU per request beside undici.dispatch's; target: at most 0.67",
  "http-proxy": "CPU per request beside http-proxy's; target: at most 0.33",
}

function lines([ours, ...others]: readonly Running[]): BenchLine[] {
  const side = ({ proxy: { name, version, configuration }, costsUs }: Running) => ({
    name,
    version,
    configuration,
    values: costsUs,
  })
  return others.map(peer => compare(claims[peer.proxy.name]!, "µs CPU", side(ours!), side(peer)))
}

/** Microseconds of CPU (user and system) that one request cost the proxy. */
async function measure({ port, pid, proxy }: Running, durationMs: number): Promise<number> {
  const beforeUs = cpuUs(pid)
  const script = resolve(import.meta.dirname, "edge/load.ts")
  const load = spawnOn(1, [process.execPath, script, String(port), String(connections), String(durationMs)])
  const { requests, failed } = JSON.parse(await outputOf(load)) as { requests: number; failed: number }
  if (failed > 0) throw new Error(`${proxy.name}: ${failed} of ${requests} requests failed`)
  return (cpuUs(pid) - beforeUs) / requests
}
