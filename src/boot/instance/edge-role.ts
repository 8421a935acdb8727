import type { Clock } from "../../kit/clock.ts"
import { type Log, writeLine } from "../../telemetry/log.ts"
import { accessLine } from "../../tiers/edge/access-line.ts"
import { createEdge } from "../../tiers/edge/create-edge.ts"
import { defaultEdgeLimits, type Edge } from "../../tiers/edge/edge.ts"
import { inheritedFds, type Launch } from "../../wire/launch.ts"

/** The front door of a process the agent started: it accepts on the sockets it was born with. */
export function startEdgeRole(launch: Launch, log: Log, clock: Clock): Edge {
  const { tls, proxyProtocol } = launch.front ?? {}
  return createEdge({
    id: launch.id,
    listen: { fd: inheritedFds.listen },
    tls: tls && { ...tls, listen: { fd: inheritedFds.listenTls } },
    proxyProtocol,
    limits: { ...defaultEdgeLimits, ...launch.limits.edge },
    clock,
    random: Math.random,
    accessLog: entry => writeLine(log, accessLine(launch.id, entry)),
    log,
  })
}
