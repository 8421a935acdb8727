import { constants } from "node:fs"
import { type FileHandle, mkdir, open } from "node:fs/promises"
import { dirname } from "node:path"
import type { Clock } from "../../kit/clock.ts"
import { messageOf } from "../../kit/errors.ts"
import { syncFolder } from "../../kit/node/atomic-file.ts"
import { systemClock } from "../../kit/node/system-clock.ts"
import type { HistoryHeader, Intent, Result } from "./history.ts"
import { historyError } from "./history-errors.ts"
import { encodeHistoryLine, type HistoryLine, historyVersion } from "./history-line.ts"

/** So that no line is long, however long a list is. */
const itemsInLine = 10_000

/**
 * Writes a history while it happens: NDJSON, one fsync for all that waits for one.
 *
 * Send a request when its `intend` has resolved, and tell its result when the answer is there: then every effect the
 * service can ever show has its intent on disk, even if this process is killed. The order of the lines is the order of
 * the operations; an interval noted is never shorter than the real one.
 */
export class HistoryWriter {
  readonly #path: string
  readonly #file: FileHandle
  readonly #clock: Clock
  readonly #startedMs: number
  readonly #inFlight = new Set<string>()
  #lines: string[] = []
  #waiting: PromiseWithResolvers<void>[] = []
  #flushing: Promise<void> | undefined
  #failure: Error | undefined

  private constructor(path: string, file: FileHandle, clock: Clock) {
    this.#path = path
    this.#file = file
    this.#clock = clock
    this.#startedMs = clock.monotonicMs()
  }

  /** A new file: one that exists is never written over (BN3011). */
  static async create(
    path: string,
    header: Pick<HistoryHeader, "title" | "seed">,
    clock: Clock = systemClock,
  ): Promise<HistoryWriter> {
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
      const writer = new HistoryWriter(path, file, clock)
      const { title, seed } = header
      await writer.#durable({
        type: "header",
        version: historyVersion,
        title,
        seed,
        startedAtMs: clock.nowMs(),
      })
      syncFolder(dirname(path))
      return writer
    } catch (error) {
      throw historyError("BN3011", { path, reason: messageOf(error) }, error)
    }
  }

  /** Resolves when the operation may be sent. What changes nothing may be sent at once: losing it proves nothing. */
  async intend(intent: Intent): Promise<void> {
    const { id, kind } = intent
    if (this.#inFlight.has(id)) throw this.#misuse(id, "while it is under way")
    this.#inFlight.add(id)
    const line: HistoryLine = { type: "intent", atMs: this.#atMs(), ...intent }
    if (kind === "read" || kind === "list") this.#append(line)
    else await this.#durable(line)
  }

  /** On disk a moment later; what keeps it from there fails the next `intend`, and `close`. */
  settle(id: string, result: Result): void {
    if (!this.#inFlight.delete(id)) throw this.#misuse(id, "that is not under way")
    this.#append({ type: "result", atMs: this.#atMs(), id, ...result })
  }

  /** Resolves when it is on disk: note a fault before it strikes. */
  event(name: string, subject: string, detail?: string): Promise<void> {
    const what = detail === undefined ? { name, subject } : { name, subject, detail }
    return this.#durable({ type: "event", atMs: this.#atMs(), ...what })
  }

  /** All of a list, or one shard's part of it, after everything has ended. */
  final(key: string, items: readonly string[]): void {
    for (let from = 0; from === 0 || from < items.length; from += itemsInLine) {
      const part = items.slice(from, from + itemsInLine)
      this.#append({ type: "final", atMs: this.#atMs(), key, items: part })
    }
  }

  /** Resolves when everything is on disk. Operations still under way stay without a result. */
  async close(): Promise<void> {
    try {
      while (this.#flushing !== undefined) await this.#flushing
    } finally {
      await this.#file.close()
    }
    if (this.#failure !== undefined) throw this.#failure
  }

  #atMs(): number {
    return Math.round((this.#clock.monotonicMs() - this.#startedMs) * 1000) / 1000
  }

  #misuse(id: string, reason: string): Error {
    return historyError("BN3012", { path: this.#path, id, reason })
  }

  #append(line: HistoryLine): void {
    if (this.#failure !== undefined) throw this.#failure
    this.#lines.push(encodeHistoryLine(line))
    this.#flushing ??= this.#flush()
  }

  #durable(line: HistoryLine): Promise<void> {
    const onDisk = Promise.withResolvers<void>()
    try {
      this.#append(line)
      this.#waiting.push(onDisk)
    } catch (error) {
      onDisk.reject(error)
    }
    return onDisk.promise
  }

  /** Until nothing waits: what comes during one fsync goes with the next. */
  async #flush(): Promise<void> {
    // Those who append in the same turn share the first fsync.
    await Promise.resolve()
    while (this.#lines.length > 0) {
      const bytes = Buffer.from(this.#lines.join(""))
      const waiting = this.#waiting
      this.#lines = []
      this.#waiting = []
      try {
        if (this.#failure !== undefined) throw this.#failure
        for (let offset = 0; offset < bytes.length; )
          offset += (await this.#file.write(bytes, offset)).bytesWritten
        await this.#file.datasync()
        for (const { resolve } of waiting) resolve()
      } catch (error) {
        this.#failure ??= historyError("BN3011", { path: this.#path, reason: messageOf(error) }, error)
        for (const { reject } of waiting) reject(this.#failure)
      }
    }
    this.#flushing = undefined
  }
}
