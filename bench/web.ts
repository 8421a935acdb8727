import { type Bench, type BenchLine, compare } from "./harness.ts"
import { cpuUs, type Server, serverOn, temporaryFolder } from "./processes.ts"
import { load, requestOf, type Work, wrkVersion } from "./web/load.ts"
import { banyan, type Contender, nodeHttp, peers } from "./web/peers.ts"

/** BANYAN_BENCH_ROUNDS and BANYAN_BENCH_SECONDS: more of both for a quieter figure. */
const rounds = Number(process.env["BANYAN_BENCH_ROUNDS"] ?? 7)
const seconds = Number(process.env["BANYAN_BENCH_SECONDS"] ?? 2)
const connections = 64

const works: readonly Work[] = [
  { words: "2 KB of JSON", method: "GET", path: "/cafes", expected: '[{"id":1000,' },
  { words: "POST of 1 KB, read as JSON", method: "POST", path: "/orders", expected: '{"bagels":171}' },
  { words: "hello", method: "GET", path: "/hello", expected: "hello" },
]

/**
 * CPU time of a server for one request of a browser's size, on 64 kept-alive connections, closed loop by wrk. The server
 * has one CPU to itself, wrk the other; rounds of all servers alternate.
 */
export const bench: Bench = {
  says: "CPU per request of the web tier against node:http, Hono, Fastify and Express",
  async run(say) {
    const wrk = wrkVersion()
    // Inherited by all servers.
    process.env["NODE_ENV"] = "production"
    const folder = temporaryFolder("web")
    const running: Running[] = []
    for (const server of [banyan, ...peers]) {
      const started = await serverOn(0, folder, port => [process.execPath, server.script, String(port)])
      running.push({ server, ...started })
    }
    const lines: BenchLine[] = []
    for (const work of works) lines.push(...(await compareAt(work, running, folder, say)))
    say(`load by ${wrk}`)
    return lines
  },
}

type Running = Server & { readonly server: Contender }

async function compareAt(
  work: Work,
  running: readonly Running[],
  folder: string,
  say: (words: string) => void,
): Promise<BenchLine[]> {
  say(work.words)
  const settings = { connections, seconds, folder }
  const costsUs = new Map(running.map(each => [each, [] as number[]]))
  for (const each of running) {
    await check(each, work)
    await load(each.port, work, settings)
  }
  for (let round = 1; round <= rounds; round++) {
    for (const each of running) {
      const beforeUs = cpuUs(each.pid)
      const requests = await load(each.port, work, settings)
      costsUs.get(each)!.push((cpuUs(each.pid) - beforeUs) / requests)
    }
    const words = running.map(each => `${each.server.name} ${costsUs.get(each)!.at(-1)!.toFixed(1)} µs`)
    say(`${round}/${rounds}  ${words.join("   ")}`)
  }
  const side = (of: Running) => {
    const { name, version, configuration } = of.server
    return { name, version, configuration, values: costsUs.get(of)! }
  }
  const [ours, ...others] = running
  return others.map(peer => {
    const target =
      peer.server === nodeHttp ? "at most 1.08" : peer.server.name === "Fastify" ? "none" : "below 1"
    const claim = `${work.words}: CPU per request beside ${peer.server.name}; target: ${target}`
    return compare(claim, "µs CPU", side(ours!), side(peer))
  })
}

/** One answer in full: a server that is quick at saying something else is no peer. */
async function check({ port, server }: Running, work: Work): Promise<void> {
  const { headers, body } = requestOf(work)
  const { Connection: _, ...fields } = headers
  const response = await fetch(`http://127.0.0.1:${port}${work.path}`, {
    method: work.method,
    headers: fields,
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  if (!text.startsWith(work.expected)) throw new Error(`${server.name} answers ${text.slice(0, 100)}`)
}
