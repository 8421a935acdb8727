import type { LogLine } from "../../wire/admin.ts"
import { inOrder } from "./line-budget.ts"
import { lineReader } from "./log-filter.ts"
import { type CursorBatch, cursorNow, type LogReading, type Tails, waitingIn } from "./log-reading.ts"
import type { LogTail } from "./log-tail.ts"

/** A request's id is sought by its bytes alone, which is quick: so much further back. */
const requestReach = 8
/** What is kept until it is sent, in batches. */
const mostBatches = 8

/**
 * The newest lines that are written already, oldest first, in batches. Every log is read back, the short ones first:
 * what they leave of what may be read, the long ones get.
 */
export async function* beginning(
  tails: Tails,
  reading: LogReading,
  logs: readonly string[],
): AsyncGenerator<CursorBatch, void> {
  const { bounds, filter, signal, lines, ofEach = false } = reading
  const sizes = await waitingIn(tails)
  let bytesLeft = bounds.mostBackBytes * (filter.request === undefined ? 1 : requestReach)
  let lettersLeft = bounds.mostLetters * mostBatches
  let isWhole = true
  let horizon = Number.NEGATIVE_INFINITY
  const found: LogLine[] = []
  for (const [index, { log, tail }] of sizes.entries()) {
    if (signal.aborted) return
    const share = 1 / (sizes.length - index)
    const seen = await lastOf(log, tail, reading, Math.floor(bytesLeft * share), lettersLeft * share)
    bytesLeft -= seen.readBytes
    lettersLeft -= seen.letters
    isWhole &&= seen.isWhole
    // What others wrote before the oldest line that had room here would stand beside a hole.
    if (seen.isFull) horizon = Math.max(horizon, seen.lines[0]?.at ?? horizon)
    for (const line of seen.lines) found.push(line)
  }
  const sorted = inOrder(found).filter(({ at = horizon }) => at >= horizon)
  const kept = ofEach || lines === 0 ? sorted : sorted.slice(-lines)
  const first = { logs: [...logs], isWhole: isWhole && kept.length === found.length }
  for (const [index, part] of partsOf(kept, bounds.mostLines).entries())
    yield { lines: part, leftOut: 0, unreadBytes: 0, ...(index === 0 && first), cursor: cursorNow(tails) }
}

async function lastOf(
  log: string,
  tail: LogTail,
  { filter, lines: most }: LogReading,
  mostBytes: number,
  mostLetters: number,
) {
  const read = lineReader(filter, log)
  const lines: LogLine[] = []
  let letters = 0
  const isEnough = () => lines.length >= most || letters >= mostLetters
  const seen = await tail.last(isEnough, mostBytes, (bytes, cutBytes) => {
    const line = read(bytes, cutBytes)
    if (line === undefined) return
    lines.push(line)
    letters += line.line.length
  })
  return { ...seen, lines: lines.reverse(), letters, isFull: lines.length < most && letters >= mostLetters }
}

/** At least one, which may be empty. */
function partsOf(lines: readonly LogLine[], most: number): LogLine[][] {
  if (lines.length <= most) return [[...lines]]
  return Array.from({ length: Math.ceil(lines.length / most) }, (_, nth) =>
    lines.slice(nth * most, (nth + 1) * most),
  )
}
