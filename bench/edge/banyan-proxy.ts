import { systemClock } from "../../src/kit/node/system-clock.ts"
import { createEdge } from "../../src/tiers/edge/create-edge.ts"

/** The whole edge as a service runs it: health checks, time-outs, budget, counters and latency; log lines are made, not written. */
const [port, upstream] = process.argv.slice(2).map(Number) as [number, number]
let entries = 0
const edge = createEdge({
  id: "edge-1",
  listen: { host: "127.0.0.1", port },
  limits: {},
  clock: systemClock,
  random: Math.random,
  accessLog: () => {
    entries++
  },
  log: { info() {}, error() {} },
})
await edge.apply({
  wire: 1,
  epoch: { term: 1, counter: 1 },
  stage: "balanced",
  fronts: [{ id: "edge-1", state: "open" }],
  backends: [1, 2].map(ordinal => ({
    id: `web-${ordinal}`,
    address: { host: "127.0.0.1", port: upstream },
    weight: 1,
    state: "active" as const,
    version: "1",
  })),
  databases: [],
  settings: { drainTimeoutMs: 1000 },
})
process.on("SIGTERM", () => process.exit(entries < 0 ? 1 : 0))
