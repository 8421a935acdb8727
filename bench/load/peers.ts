import { execFileSync } from "node:child_process"

/** Another generator: how it asks `url` for `seconds` at `rps` on `connections`, and how many answers it counted. */
export type Peer = {
  readonly name: string
  readonly version: string
  readonly configuration: string
  command(load: PeerLoad): readonly [string, ...string[]]
  answers(output: string): number
}

export type PeerLoad = {
  readonly url: string
  readonly rps: number
  readonly connections: number
  readonly seconds: number
}

/** As fast as it is answered, so it also tells what the responder can do. */
export const wrk: Peer = {
  name: "wrk",
  version: wordAfter(/wrk \S*?(\d[\w.]*)/, "wrk", "-v"),
  configuration: "C, closed loop at full speed: it has no rate",
  command: ({ url, connections, seconds }) => ["wrk", "-t1", `-c${connections}`, `-d${seconds}s`, url],
  answers: output => count(output, /(\d+) requests in/),
}

const h2load: Peer = {
  name: "h2load",
  version: wordAfter(/nghttp2\/(\S+)/, "h2load", "--version"),
  configuration: "C, HTTP/1.1, the same rate, a metronome for each connection; waits for answers",
  command: ({ url, connections, seconds, rps }) => [
    ...(["h2load", "--h1", "-t1", `-c${connections}`, `--rps=${rps / connections}`] as const),
    ...[`-D${seconds}`, url],
  ],
  answers: output => count(output, /(\d+) succeeded/),
}

const hey: Peer = {
  name: "hey",
  version: wordAfter(/Version: (\S+)/, "dpkg", "-s", "hey"),
  configuration: "Go, one CPU, at most the same rate; waits for answers",
  command: ({ url, connections, seconds, rps }) => [
    ...(["hey", "-cpus", "1", "-c", String(connections), "-q", String(rps / connections)] as const),
    ...["-z", `${seconds}s`, url],
  ],
  answers: output => count(output, /\[200\]\s+(\d+) responses/),
}

const autocannon: Peer = {
  name: "autocannon",
  version: wordAfter(/autocannon v(\S+)/, "autocannon", "--version"),
  configuration: "Node, at most the same rate, its start included; waits for answers",
  command: ({ url, connections, seconds, rps }) => [
    ...(["autocannon", "--json", "-c", String(connections), "-R", String(rps)] as const),
    ...["-d", String(seconds), url],
  ],
  answers: output => count(output, /"2xx":(\d+)/),
}

/** Those installed on this machine. */
export const peers: readonly Peer[] = [wrk, h2load, hey, autocannon].filter(peer => peer.version !== "")

/** What a program says of its version; empty when it is not there. */
function wordAfter(pattern: RegExp, program: string, ...args: string[]): string {
  const script = `command -v ${program} >/dev/null && ${program} ${args.join(" ")} 2>&1`
  try {
    return pattern.exec(execFileSync("sh", ["-c", `${script} || true`], { encoding: "utf8" }))?.[1] ?? ""
  } catch {
    return ""
  }
}

function count(output: string, pattern: RegExp): number {
  const found = pattern.exec(output)?.[1]
  if (found === undefined) throw new Error(`no count of answers in: ${output}`)
  return Number(found)
}
