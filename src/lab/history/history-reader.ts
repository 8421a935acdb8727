import { createReadStream } from "node:fs"
import { isBanyanError, messageOf } from "../../kit/errors.ts"
import type { FinalRead, History, HistoryEvent, HistoryHeader, Operation } from "./history.ts"
import { historyError } from "./history-errors.ts"
import { decodeHistoryLine, type HistoryLine } from "./history-line.ts"

/** Longer than any line a writer makes: what has no end of line that far is no history. */
const longestLineBytes = 16 * 2 ** 20

export type HistoryEntry =
  | ({ readonly type: "header" } & HistoryHeader)
  | ({ readonly type: "operation" } & { readonly operation: Operation })
  | ({ readonly type: "event" } & { readonly event: HistoryEvent })
  | ({ readonly type: "final" } & { readonly final: FinalRead })
  | { readonly type: "end"; readonly torn: boolean }

/** All of a history. BN3010 when the file is none; half a line at its end is what a killed writer leaves. */
export async function readHistory(path: string): Promise<History> {
  const operations: Operation[] = []
  const events: HistoryEvent[] = []
  const finals: FinalRead[] = []
  const ids = new Set<string>()
  const names = new Names()
  let header: HistoryHeader = { title: "", seed: 0, startedAtMs: 0 }
  let torn = false
  for await (const entry of streamHistory(path)) {
    if (entry.type === "operation") {
      const { id, invokedOrder } = entry.operation
      if (ids.has(id)) throw unreadable(path, invokedOrder, `takes the id \`${id}\` a second time`)
      ids.add(id)
      const { session, key } = entry.operation
      operations.push({ ...entry.operation, session: names.one(session), key: names.one(key) })
    } else if (entry.type === "event") events.push(entry.event)
    else if (entry.type === "final") finals.push(entry.final)
    else if (entry.type === "header") header = headerOf(entry)
    else torn = entry.torn
  }
  operations.sort((a, b) => a.invokedOrder - b.invokedOrder)
  return { header, operations, events, finals, torn }
}

/**
 * The entries of a history as they come, in memory that grows only with what is under way at once: operations when
 * their result is there, and those without one at the end.
 */
export async function* streamHistory(path: string): AsyncGenerator<HistoryEntry, void> {
  const inFlight = new Map<string, InFlight>()
  let order = 0
  let torn = false
  for await (const text of linesOf(path)) {
    if (text === undefined) {
      torn = true
      break
    }
    const line = decodeHistoryLine(text)
    const at = order++
    if (typeof line === "string") throw unreadable(path, order, line)
    if ((line.type === "header") !== (at === 0))
      throw unreadable(path, order, at === 0 ? "is not the header of a history" : "is a second header")
    const entry = entryOf(line, at, inFlight)
    if (typeof entry === "string") throw unreadable(path, order, entry)
    if (entry !== undefined) yield entry
  }
  if (order === 0) throw unreadable(path, 1, "is missing: the file holds no whole line")
  for (const pending of inFlight.values())
    yield { type: "operation", operation: { ...pending, outcome: "unknown" } }
  yield { type: "end", torn }
}

/** A million operations name a few sessions and keys: each name is kept once, and compared at a glance. */
class Names {
  readonly #known = new Map<string, string>()

  one(name: string): string {
    const known = this.#known.get(name)
    if (known === undefined) this.#known.set(name, name)
    return known ?? name
  }
}

type InFlight = Omit<Operation, "outcome">

/** The entry a line completes, nothing if it only begins one, or in words what is wrong with it. */
function entryOf(
  line: HistoryLine,
  order: number,
  inFlight: Map<string, InFlight>,
): HistoryEntry | string | undefined {
  switch (line.type) {
    case "header":
      return { ...headerOf(line), type: "header" }
    case "intent": {
      const { type: _, atMs, ...intent } = line
      if (inFlight.has(line.id)) return `begins \`${line.id}\` while it is under way`
      inFlight.set(line.id, { ...intent, invokedOrder: order, invokedMs: atMs })
      return undefined
    }
    case "result": {
      const { type: _, atMs, ...result } = line
      const begun = inFlight.get(line.id)
      if (begun === undefined) return `ends \`${line.id}\`, which is not under way`
      inFlight.delete(line.id)
      return {
        type: "operation",
        operation: { ...begun, ...result, returnedOrder: order, returnedMs: atMs },
      }
    }
    case "event": {
      const { type: _, ...event } = line
      return { type: "event", event: { ...event, order } }
    }
    case "final":
      return { type: "final", final: { key: line.key, items: line.items } }
  }
}

function headerOf({ title, seed, startedAtMs }: HistoryHeader): HistoryHeader {
  return { title, seed, startedAtMs }
}

/** Whole lines; undefined as the last one when the file ends within a line. */
async function* linesOf(path: string): AsyncGenerator<string | undefined, void> {
  let line = 1
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 18 }) as AsyncIterable<Buffer>) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let from = 0
      for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, from)) {
        yield bytes.toString("utf8", from, end)
        from = end + 1
        line++
      }
      rest = bytes.subarray(from)
      if (rest.length > longestLineBytes) throw unreadable(path, line, "has no end")
    }
  } catch (error) {
    throw isBanyanError(error) ? error : unreadable(path, line, `cannot be read (${messageOf(error)})`, error)
  }
  if (rest.length > 0) yield undefined
}

function unreadable(path: string, line: number, reason: string, cause?: unknown): Error {
  return historyError("BN3010", { path, line, reason }, cause)
}
