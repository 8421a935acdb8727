import type { ConnectionCounts } from "../../load/load.ts"

/**
 * A client that keeps its connection busy is told in time that it will be closed. One that is closed without a word may
 * be about to send: that the moment was missed here is luck.
 */
export function idleViolations({ closedWhileIdle, resetWhileIdle }: ConnectionCounts): string[] {
  return [
    ...(closedWhileIdle > 0 ? [`${closedWhileIdle} kept-alive connections were closed without a word`] : []),
    ...(resetWhileIdle > 0 ? [`${resetWhileIdle} kept-alive connections were reset`] : []),
  ]
}
