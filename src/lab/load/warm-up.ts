import { once } from "node:events"
import { type AddressInfo, createServer } from "node:net"
import { ConnectionPool } from "./connection-pool.ts"
import type { LoadRequest, Scenario } from "./load.ts"
import { LoadRun } from "./load-run.ts"

/** Enough that what runs for every request is compiled, little enough that answering too fits on the same core. */
const warmUpRps = 10_000
const connections = 128

const answer = Buffer.from(
  "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
)

/**
 * Runs the generator for a while against a listener of its own, in this process: cold, it is late by tens of
 * milliseconds in its first half second, at a high rate. Nothing leaves the machine, nothing is reported.
 */
export async function warmUp(durationMs: number, signal?: AbortSignal): Promise<void> {
  const server = createServer({ noDelay: true }, socket => {
    socket.on("error", () => {})
    socket.on("data", () => socket.write(answer))
  })
  await once(server.listen(0, "127.0.0.1"), "listening")
  const target = { host: "127.0.0.1", port: (server.address() as AddressInfo).port }
  const pool = new ConnectionPool(target, warmUpRps / 10)
  await pool.openAhead(connections)
  const run = new LoadRun(
    {
      target,
      scenario: usualRequests(),
      rps: warmUpRps,
      durationMs,
      arrivals: "poisson",
      seed: 1,
      newConnectionShare: 0.01,
      timeoutMs: 1000,
    },
    pool,
  )
  await run.run(signal)
  await new Promise(resolve => server.close(resolve))
  // Where Node was started with it (generator-flags.ts): better now than in the middle of the load.
  globalThis.gc?.()
}

/** What a scenario asks: mostly reads; some writes, whose answer it looks at. */
function usualRequests(): Scenario {
  const fields = ["Accept", "application/json", "Cookie", "session=0123456789abcdef"]
  const read: LoadRequest = { kind: "read", method: "GET", target: "/", fields }
  let asked = 0
  const write = (): LoadRequest => {
    return { kind: "write", method: "POST", target: `/${asked}`, fields, body: "{}", onAnswer: () => {} }
  }
  return { next: () => (asked++ % 4 === 0 ? write() : read) }
}
