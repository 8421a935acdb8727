import { type Logger, pino } from "pino"
import { LogSink } from "./log-sink.ts"

export type Log = Logger

const stdout = 1

/**
 * The log of a process: JSON lines on stdout, which its agent appends to `.banyan/logs/<id>.log`. Buffered, so that a
 * slow disk never slows a request; flushed by `flushLog` before the process ends and at least every half second. A
 * log that cannot be written ends nothing.
 */
export function createLog(id: string, options: { minBytes?: number } = {}): Log {
  const sink = new LogSink(stdout, options.minBytes ?? 0)
  return pino({ base: { id }, timestamp: pino.stdTimeFunctions.isoTime, redact: redactedPaths }, sink)
}

/** A line that its caller has encoded, newline included, in the order of the log's own: for what every request tells. */
export function writeLine(log: Log, line: string): void {
  const { [pino.symbols.streamSym]: sink } = log as unknown as Record<symbol, LogSink>
  sink?.write(line)
}

/** Names under which a secret could slip into a log line. */
const redactedPaths = ["password", "token", "cookie", "authorization", "*.password", "*.token", "*.cookie"]

/** Resolves when everything logged so far has been handed to the kernel, or cannot be. */
export function flushLog(log: Log): Promise<void> {
  return new Promise(resolve => log.flush(() => resolve()))
}
