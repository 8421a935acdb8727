import type { EdgeLimits } from "../edge.ts"
import type { Exchange } from "../exchange/exchange.ts"

/**
 * Who ended its side may still want its answer, or may be gone: a closed browser tab looks the same. So its answer
 * goes on while it comes, but a stream that is silent for so long is given up.
 */
const halfClosedMs = 10_000

/** How long nothing may happen from now on until the exchange is told `timedOut`. `peerEnded`: see `halfClosedMs`. */
export function allowanceMs(
  exchange: Exchange,
  limits: EdgeLimits,
  nowMs: number,
  peerEnded: boolean,
): number {
  switch (exchange.waitsFor) {
    case "request-body":
      return exchange.request.allowanceMs(nowMs)
    case "client-reading":
      return limits.bodyIdleTimeoutMs
    case "answer-head":
      return limits.backendTimeoutMs
    case "backend-free":
      return Number.POSITIVE_INFINITY
    case "nothing":
      return peerEnded ? halfClosedMs : Number.POSITIVE_INFINITY
  }
}

/** How long nothing may come between two requests. */
export function idleAllowanceMs(limits: EdgeLimits, isDraining: boolean): number {
  const { clientIdleTimeoutMs, drainIdleTimeoutMs } = limits
  return isDraining ? Math.min(drainIdleTimeoutMs, clientIdleTimeoutMs) : clientIdleTimeoutMs
}
