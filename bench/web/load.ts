import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { outputOf, spawnOn } from "../processes.ts"
import { order } from "./work.ts"

export type Work = {
  readonly words: string
  readonly method: "GET" | "POST"
  readonly path: string
  /** What a right answer to it begins with. */
  readonly expected: string
}

/** What a browser sends with every request of its own. */
const browserFields: Readonly<Record<string, string>> = {
  "User-Agent":
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
  Accept: "application/json, text/plain, */*",
  "Accept-Language": "en-US,en;q=0.9,he;q=0.8",
  "Accept-Encoding": "gzip, deflate, br, zstd",
  Referer: "http://127.0.0.1/cafes",
  Cookie: "session=0123456789abcdef0123456789abcdef; theme=dark",
  "Sec-Fetch-Dest": "empty",
  "Sec-Fetch-Mode": "cors",
  "Sec-Fetch-Site": "same-origin",
  Connection: "keep-alive",
}

export function requestOf({ method }: Work): { headers: Record<string, string>; body?: string } {
  if (method === "GET") return { headers: browserFields }
  return { headers: { ...browserFields, "Content-Type": "application/json" }, body: JSON.stringify(order) }
}

/** Closed-loop load by wrk on the second CPU; the number of answers. Throws when one was not good. */
export async function load(
  port: number,
  work: Work,
  settings: { connections: number; seconds: number; folder: string },
): Promise<number> {
  const script = join(settings.folder, `${work.method}.lua`)
  writeFileSync(script, wrkScript(work))
  const url = `http://127.0.0.1:${port}${work.path}`
  const { connections, seconds } = settings
  const output = await outputOf(
    spawnOn(1, ["wrk", "-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "30s", "-s", script, url]),
  )
  const requests = Number(/(\d+) requests in/.exec(output)?.[1])
  if (!(requests > 0) || /Non-2xx|Socket errors/.test(output))
    throw new Error(`not every answer was good: ${output}`)
  return requests
}

function wrkScript(work: Work): string {
  const { headers, body } = requestOf(work)
  const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`
  return [
    `wrk.method = ${quoted(work.method)}`,
    ...Object.entries(headers).map(([name, value]) => `wrk.headers[${quoted(name)}] = ${quoted(value)}`),
    ...(body === undefined ? [] : [`wrk.body = ${quoted(body)}`]),
  ].join("\n")
}

/** Throws where there is none. */
export function wrkVersion(): string {
  const said = execFileSync("sh", ["-c", "wrk -v 2>&1 || true"], { encoding: "utf8" })
  const version = /^wrk \S*?(\d[\w.]*)/m.exec(said)?.[1]
  if (version === undefined) throw new Error("this bench needs wrk: apt-get install wrk")
  return `wrk ${version}`
}
