import { systemClock } from "../../src/kit/node/system-clock.ts"
import { createLog, writeLine } from "../../src/telemetry/log.ts"
import { accessLine } from "../../src/tiers/edge/access-line.ts"
import { TicketChain } from "../../src/tiers/edge/client/tls/ticket-chain.ts"
import { createEdge } from "../../src/tiers/edge/create-edge.ts"

/** The whole edge as a service runs it, with its TLS door on `port`; the plain one listens where nobody asks. */
const [port, upstream, cert, key] = process.argv.slice(2) as [string, string, string, string]
const log = createLog("edge-1", { minBytes: 32 * 1024 })
const edge = createEdge({
  id: "edge-1",
  listen: { host: "127.0.0.1", port: 0 },
  tls: {
    listen: { host: "127.0.0.1", port: Number(port) },
    certificates: [{ cert, key }],
    minVersion: "TLSv1.3",
    tickets: TicketChain.begin(Date.now()).seed,
  },
  limits: {},
  clock: systemClock,
  random: Math.random,
  accessLog: entry => writeLine(log, accessLine("edge-1", entry)),
  log,
})
await edge.apply({
  wire: 1,
  epoch: { term: 1, counter: 1 },
  stage: "balanced",
  fronts: [{ id: "edge-1", state: "open" }],
  backends: [1, 2].map(ordinal => ({
    id: `web-${ordinal}`,
    address: { host: "127.0.0.1", port: Number(upstream) },
    weight: 1,
    state: "active" as const,
    version: "1",
  })),
  databases: [],
  settings: { drainTimeoutMs: 1000 },
})
process.on("SIGTERM", () => process.exit())
