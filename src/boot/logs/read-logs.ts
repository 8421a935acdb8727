import { readdir } from "node:fs/promises"
import { setTimeout as sleep } from "node:timers/promises"
import { paths } from "../project-paths.ts"
import { beginning } from "./beginning.ts"
import { inOrder, LineBudget } from "./line-budget.ts"
import { placesIn } from "./log-cursor.ts"
import { lineReader, wantsLog } from "./log-filter.ts"
import { type CursorBatch, cursorNow, type LogReading, type Tails, waitingIn } from "./log-reading.ts"
import { LogTail } from "./log-tail.ts"

/** Somebody who gets nothing is told so. */
const silenceMs = 15_000

/** Names of the logs there are: instance ids, `supervisor`, `agent`, `keeper`. */
export async function listLogs(): Promise<string[]> {
  const names = await readdir(paths.logs).catch(() => [])
  return names
    .filter(name => name.endsWith(".log"))
    .map(name => name.slice(0, -".log".length))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
}

/**
 * The lines of this folder's logs that fit: what is there, then what comes. Reads when it is asked for the next batch and
 * keeps none, so a slow reader costs nothing. Ends when the signal aborts; throws nothing for a log that cannot be read.
 */
export async function* readLogs(reading: LogReading): AsyncGenerator<CursorBatch, void> {
  const { filter, bounds, signal, cursor } = reading
  const tails = new Map<string, LogTail>()
  const open = (log: string) => {
    const tail = new LogTail({
      path: `${paths.logs}/${log}.log`,
      mostLineBytes: bounds.mostLineBytes,
    })
    tails.set(log, tail)
    return tail
  }
  let logs = await listLogs()
  const places = cursor === undefined ? undefined : placesIn(cursor)
  for (const log of logs.filter(each => wantsLog(filter, each))) {
    const tail = open(log)
    const place = places?.get(log)
    if (place !== undefined) tail.resume(place)
  }
  if (places === undefined) yield* beginning(tails, reading, logs)
  else yield { lines: [], leftOut: 0, unreadBytes: 0, logs, cursor: cursorNow(tails) }
  let saidAtMs = performance.now()
  let isBehind = false
  while (reading.follow && !signal.aborted) {
    if (!isBehind) await sleep(bounds.lookEveryMs, undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    const known = logs
    logs = await listLogs()
    for (const log of logs) if (wantsLog(filter, log) && !tails.has(log)) open(log)
    const isNews = logs.join("/") !== known.join("/")
    const batch = await freshBatch(tails, reading)
    isBehind = batch.isBehind
    const isDue = performance.now() - saidAtMs > silenceMs
    if (batch.lines.length + batch.leftOut + batch.unreadBytes === 0 && !isNews && !isDue) continue
    saidAtMs = performance.now()
    const { lines, leftOut, unreadBytes } = batch
    yield { lines, leftOut, unreadBytes, ...(isNews && { logs }), cursor: cursorNow(tails) }
  }
}

/** What came to all logs since. */
async function freshBatch(tails: Tails, { filter, bounds }: LogReading) {
  const busy = (await waitingIn(tails)).filter(({ bytes }) => bytes > 0)
  const budget = new LineBudget(bounds)
  let bytesLeft = bounds.mostFreshBytes
  let unreadBytes = 0
  let isBehind = false
  for (const [index, { log, tail, bytes }] of busy.entries()) {
    const read = lineReader(filter, log)
    const most = Math.floor(bytesLeft / (busy.length - index))
    budget.next(busy.length - index)
    const seen = await tail.fresh(
      (line, cutBytes) => {
        const found = read(line, cutBytes)
        if (found !== undefined) budget.add(found)
      },
      most,
      bounds.skips,
    )
    unreadBytes += seen.unreadBytes
    bytesLeft -= Math.min(most, bytes)
    isBehind ||= bytes > most && !bounds.skips
  }
  return { lines: inOrder(budget.lines), leftOut: budget.leftOut, unreadBytes, isBehind }
}
