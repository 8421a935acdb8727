import { destination, type Logger, pino } from "pino"

export type Log = Logger

/**
 * The log of a process: JSON lines on stdout, which its agent appends to `.banyan/logs/<id>.log`. Buffered, so that a
 * slow disk never slows a request; flushed by `flushLog` before the process ends and at least every half second.
 */
export function createLog(id: string, options: { minBytes?: number } = {}): Log {
  const sink = destination({ dest: 1, sync: false, minLength: options.minBytes ?? 0, periodicFlush: 500 })
  return pino({ base: { id }, timestamp: pino.stdTimeFunctions.isoTime, redact: redactedPaths }, sink)
}

/** Names under which a secret could slip into a log line. */
const redactedPaths = ["password", "token", "cookie", "authorization", "*.password", "*.token", "*.cookie"]

/** Resolves when everything logged so far has been handed to the kernel. */
export function flushLog(log: Log): Promise<void> {
  return new Promise(resolve => log.flush(() => resolve()))
}
