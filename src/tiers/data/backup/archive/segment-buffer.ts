import type { Lsn } from "../../postgres/replication/lsn.ts"
import { segmentOf } from "./wal-objects.ts"

/** One file of the log as it comes in; at most two are held, the one that is being sent and the one after it. */
export type Segment = {
  readonly start: Lsn
  readonly bytes: Buffer
  /** How much of it has come. */
  filled: number
  /** How much of it the target has. */
  archived: number
}

/** Puts a stream of the log into files. Throws on a hole: it would be an archive that cannot be restored. */
export class SegmentBuffer {
  readonly #segmentBytes: number
  readonly #segments: Segment[] = []
  #end: Lsn

  /** `from` is the beginning of a file. */
  constructor(from: Lsn, segmentBytes: number) {
    this.#end = from
    this.#segmentBytes = segmentBytes
  }

  /** Where what has come ends. */
  get end(): Lsn {
    return this.#end
  }

  /** The oldest that is not wholly archived. */
  get first(): Segment | undefined {
    return this.#segments[0]
  }

  /** More would be held than the file under way and the one before. */
  get isFull(): boolean {
    return this.#segments.length >= 2
  }

  take(start: Lsn, bytes: Buffer): void {
    if (start !== this.#end) throw new Error(`the log goes on at ${start}, not at ${this.#end}`)
    for (let at = 0; at < bytes.length; ) {
      const segment = this.#current()
      at += bytes.copy(segment.bytes, segment.filled, at)
      const came = Number(start - segment.start) + at
      segment.filled = Math.min(came, this.#segmentBytes)
      this.#end = segment.start + BigInt(segment.filled)
    }
  }

  /** It is in the target, whole. */
  drop(segment: Segment): void {
    this.#segments.splice(this.#segments.indexOf(segment), 1)
  }

  #current(): Segment {
    const last = this.#segments.at(-1)
    if (last !== undefined && last.filled < this.#segmentBytes) return last
    const start = segmentOf(this.#end, this.#segmentBytes)
    const segment = { start, bytes: Buffer.allocUnsafe(this.#segmentBytes), filled: 0, archived: 0 }
    this.#segments.push(segment)
    return segment
  }
}
