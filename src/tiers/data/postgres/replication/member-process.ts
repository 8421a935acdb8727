/** Who runs a member: its driver. Each call resolves when it is so. */
export type MemberProcess = {
  /** Accepts connections. */
  start(signal: AbortSignal): Promise<void>
  /** Fast shutdown: everything is flushed and sent to those who follow. */
  stop(signal: AbortSignal): Promise<void>
  /** Gone with all its children, which a signal to it alone does not reach (server/kill-server.ts). */
  kill(signal: AbortSignal): Promise<void>
}
