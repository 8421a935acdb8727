import { setTimeout as sleep } from "node:timers/promises"
import { systemClock } from "../../kit/node/system-clock.ts"
import type { Log } from "../../telemetry/log.ts"
import type { LogFilter } from "../../wire/admin.ts"
import { watchBounds } from "./log-bounds.ts"
import { readLogs } from "./read-logs.ts"
import type { RecentErrors } from "./recent-errors.ts"

/** More lines than this of the last minute are not looked for when it begins. */
const mostBefore = 1_000
const againAfterMs = 5_000
const filter: LogFilter = { level: ["error"], tier: ["edge", "web", "data"] }

/**
 * Counts errors in the logs of instances, those of the last minute and those that come, until the signal aborts. Read from
 * the files, it counts what a process wrote before it died, and what databases and programs write.
 */
export async function watchErrors(errors: RecentErrors, log: Log, signal: AbortSignal): Promise<void> {
  let cursor: string | undefined
  while (!signal.aborted) {
    try {
      const reading = { filter, lines: mostBefore, follow: true, cursor, bounds: watchBounds, signal }
      for await (const { lines, cursor: reached } of readLogs(reading)) {
        // What was there before and says no time may be of any day.
        const isBefore = cursor === undefined
        for (const { id, at } of lines)
          if (at !== undefined || !isBefore) errors.add(id, at, systemClock.nowMs())
        cursor = reached
      }
    } catch (error) {
      log.warn({ err: error }, "errors in logs are not counted for a moment")
      await sleep(againAfterMs, undefined, { signal }).catch(() => {})
    }
  }
}
