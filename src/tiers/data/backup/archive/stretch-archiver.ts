import { setTimeout as sleep } from "node:timers/promises"
import type pg from "pg"
import { formatLsn, type Lsn, latestLsn } from "../../postgres/replication/lsn.ts"
import { compressed } from "../compression.ts"
import type { BackupTarget } from "../target/backup-target.ts"
import { type Segment, SegmentBuffer } from "./segment-buffer.ts"
import { partsOf, pieceObject, segmentObject, type WalObjects, type WalPart } from "./wal-objects.ts"
import { WalStream } from "./wal-stream.ts"
import type { Stretch } from "./where-to-begin.ts"

export type StretchOptions = {
  readonly client: pg.Client
  readonly slot: string
  readonly stretch: Stretch
  readonly segmentBytes: number
  readonly target: BackupTarget
  /** What the target held when this began. */
  readonly objects: WalObjects
  /** At most one piece of a file in so long: each is a request, and each lost machine costs so much of the log. */
  readonly pieceEveryMs: number
  /** Everything before `lsn` is in the target; with `atMs`, everything that was committed until then; 0 when nobody can tell. */
  readonly onArchived: (lsn: Lsn, atMs: number, isLast: boolean) => Promise<void>
  readonly signal: AbortSignal
}

const statusEveryMs = 1000
/**
 * A target that takes longer over one object gets no more patience from the server, which ends the connection
 * (wal_sender_timeout): else one that hangs would hold up the server's own shutdown for ever.
 */
const patienceMs = 5000
/** A commit may carry a time a little before its place in the log. */
const clockSlackMs = 1000

/** Sends one stretch of a server's log to the target, as it comes. */
export class StretchArchiver {
  readonly #options: StretchOptions
  readonly #stream: WalStream
  readonly #buffer: SegmentBuffer
  /** Of the file begun last: which pieces the target has. */
  #pieces: WalPart[]
  #archived: Lsn
  #cameAtMs = 0
  #putSinceMs: number | undefined
  #pieceAtMs = Number.NEGATIVE_INFINITY
  #ended = false
  #woken = Promise.withResolvers<void>()

  constructor(options: StretchOptions) {
    const { stretch, segmentBytes, slot, objects } = options
    this.#options = options
    this.#buffer = new SegmentBuffer(stretch.from, segmentBytes)
    const already = partsOf(objects, stretch.timeline, stretch.from)
    this.#pieces = [...already.parts]
    this.#archived = stretch.from + BigInt(already.to)
    const words = `START_REPLICATION SLOT "${slot}" PHYSICAL ${formatLsn(stretch.from)} TIMELINE ${stretch.timeline}`
    this.#stream = new WalStream(words, {
      onWal: (start, bytes, atMs) => this.#take(start, bytes, atMs),
      onKeepalive: (end, atMs) => this.#heard(end, atMs),
    })
  }

  /**
   * Resolves when another timeline goes on where this one ended, and all of it is in the target. Rejects with what the
   * server or the target says; what had come by then is in the target if that answers.
   */
  async run(): Promise<void> {
    const { client, signal } = this.#options
    const abort = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true })
    })
    abort.catch(() => {})
    client.query(this.#stream)
    const status = setInterval(() => this.#tell(), statusEveryMs)
    const over = Promise.race([this.#stream.done, abort]).finally(() => {
      this.#ended = true
      this.#woken.resolve()
    })
    over.catch(() => {})
    try {
      await this.#pump()
      await over
    } finally {
      clearInterval(status)
      // Also at the end of a server that was stopped in order: all it had is archived.
      await this.#reach(this.#archived, true).catch(() => {})
    }
  }

  async #pump(): Promise<void> {
    for (;;) {
      const segment = this.#buffer.first
      const isWhole = segment?.filled === this.#options.segmentBytes
      const hasMore = segment !== undefined && segment.filled > this.#fromOf(segment)
      if (segment !== undefined && isWhole) await this.#put(() => this.#putWhole(segment))
      else if (hasMore && (this.#ended || this.#isDue())) await this.#put(() => this.#putPiece(segment))
      else if (this.#ended) return
      else await this.#waitForMore(hasMore)
    }
  }

  async #put(work: () => Promise<void>): Promise<void> {
    this.#putSinceMs = performance.now()
    try {
      await work()
    } finally {
      this.#putSinceMs = undefined
    }
    if (!this.#buffer.isFull) this.#stream.resume()
    this.#tell()
  }

  async #putWhole(segment: Segment): Promise<void> {
    const { target, stretch, segmentBytes } = this.#options
    const name = segmentObject(stretch.timeline, segment.start, segmentBytes)
    await target.put(name, await compressed(segment.bytes))
    const pieces = this.#pieces
    this.#pieces = []
    this.#buffer.drop(segment)
    await this.#reach(segment.start + BigInt(segmentBytes))
    // Whoever is reading them finds the whole file.
    for (const piece of pieces) if (piece.name !== name) await target.delete(piece.name)
  }

  async #putPiece(segment: Segment): Promise<void> {
    const { target, stretch, segmentBytes } = this.#options
    const part = {
      timeline: stretch.timeline,
      segment: segment.start,
      from: this.#fromOf(segment),
      to: segment.filled,
    }
    const name = pieceObject(part, segmentBytes)
    this.#pieceAtMs = performance.now()
    // A copy: more of the file comes in meanwhile.
    await target.put(name, await compressed(Buffer.from(segment.bytes.subarray(part.from, part.to))))
    this.#pieces.push({ ...part, name })
    await this.#reach(segment.start + BigInt(part.to))
  }

  async #reach(lsn: Lsn, isLast = false): Promise<void> {
    this.#archived = lsn
    const caughtUp = this.#archived >= this.#buffer.end
    await this.#options.onArchived(lsn, caughtUp ? this.#cameAtMs - clockSlackMs : 0, isLast)
  }

  #fromOf(segment: Segment): number {
    const archived = Number(this.#archived - segment.start)
    return Math.max(0, archived)
  }

  #isDue(): boolean {
    return performance.now() - this.#pieceAtMs >= this.#options.pieceEveryMs
  }

  async #waitForMore(soon: boolean): Promise<void> {
    this.#woken = Promise.withResolvers()
    if (!soon) return this.#woken.promise
    const waitMs = Math.max(1, this.#pieceAtMs + this.#options.pieceEveryMs - performance.now())
    // Only a whole file or the end is worth more haste.
    const over = new AbortController()
    const timer = sleep(waitMs, undefined, { signal: over.signal }).catch(() => {})
    await Promise.race([timer, this.#wholeOrEnded()])
    over.abort()
  }

  async #wholeOrEnded(): Promise<void> {
    while (!this.#ended && (this.#buffer.first?.filled ?? 0) < this.#options.segmentBytes) {
      await this.#woken.promise
      this.#woken = Promise.withResolvers()
    }
  }

  #take(start: Lsn, bytes: Buffer, atMs: number): void {
    this.#buffer.take(start, bytes)
    this.#cameAtMs = atMs
    if (this.#buffer.isFull) this.#stream.pause()
    this.#woken.resolve()
  }

  #heard(end: Lsn, atMs: number): void {
    if (end > this.#archived || this.#buffer.end > this.#archived) return
    this.#cameAtMs = atMs
    // What cannot be written down now is written down with the next one.
    void this.#options.onArchived(this.#archived, atMs - clockSlackMs, false).catch(() => {})
  }

  #tell(): void {
    const busyMs = this.#putSinceMs === undefined ? 0 : performance.now() - this.#putSinceMs
    if (busyMs > patienceMs || this.#ended) return
    const written = latestLsn([this.#buffer.end, this.#archived])!
    this.#stream.confirm(written, this.#archived, true)
  }
}
