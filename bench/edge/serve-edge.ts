import { systemClock } from "../../src/kit/node/system-clock.ts"
import { createLog, writeLine } from "../../src/telemetry/log.ts"
import { accessLine } from "../../src/tiers/edge/access-line.ts"
import { createEdge } from "../../src/tiers/edge/create-edge.ts"
import type { EdgeOptions } from "../../src/tiers/edge/edge.ts"
import { mapOf } from "../../src/tiers/edge/testing/edge-fixture.ts"

/** The whole edge as a service runs it: health checks, time-outs, budget, counters, latency, access log on stdout. */
export async function serveEdge(doors: Pick<EdgeOptions, "listen" | "tls">, upstream: number): Promise<void> {
  const log = createLog("edge-1", { minBytes: 32 * 1024 })
  const edge = createEdge({
    ...doors,
    id: "edge-1",
    limits: {},
    clock: systemClock,
    random: Math.random,
    accessLog: entry => writeLine(log, accessLine("edge-1", entry)),
    log,
  })
  const address = { host: "127.0.0.1", port: upstream }
  await edge.apply(mapOf(["web-1", "web-2"].map(id => ({ id, address }))))
  process.on("SIGTERM", () => process.exit())
}
