import { frameName } from "./frames.ts"
import { type Frame, frameType } from "./http2.ts"
import { connectionError, streamError } from "./http2-errors.ts"
import type { ServerStream } from "./server-stream.ts"

/** How a stream ended, by which what still comes on it is judged (RFC 9113 section 5.1). */
export type ClosedHow =
  /** We reset it: what was on its way may still come, and means nothing. */
  "reset-here" | "reset-there" | "ended"

/** Streams that a client may have given up by itself while something is on its way; see `#mostClosed`. */
const mostGivenUp = 512

/** The streams of a connection: under way, ended not long ago, passed over, still to come. */
export class StreamTable {
  readonly #streams = new Map<number, ServerStream>()
  readonly #closed = new Map<number, ClosedHow>()
  /** So many of those that ended are remembered: all that can have been under way when the first of them ended. */
  readonly #mostClosed: number
  #highestId = 0
  #lastId = 0

  constructor(maxStreams: number) {
    this.#mostClosed = maxStreams + mostGivenUp
  }

  /** Of streams under way. */
  get size(): number {
    return this.#streams.size
  }

  /** The last one taken, which GOAWAY tells: it stays what it was while later ones are ignored (section 6.8). */
  get lastId(): number {
    return this.#lastId
  }

  get all(): ServerStream[] {
    return [...this.#streams.values()]
  }

  get(id: number): ServerStream | undefined {
    return this.#streams.get(id)
  }

  /** Never used: neither this one nor a later one was opened, or it is not the client's to open. */
  isIdle(id: number): boolean {
    return id > this.#highestId || id % 2 === 0
  }

  /** An idle stream is one no more; so are those it passes over. */
  use(id: number): void {
    this.#highestId = id
    this.#lastId = id
  }

  /** One that comes too late to be served. */
  ignore(id: number): void {
    this.#highestId = id
    this.close(id, "reset-here")
  }

  add(stream: ServerStream): void {
    this.#streams.set(stream.id, stream)
  }

  close(id: number, how: ClosedHow): void {
    this.#streams.delete(id)
    this.#closed.set(id, how)
    if (this.#closed.size > this.#mostClosed) this.#closed.delete(this.#closed.keys().next().value!)
  }

  /** What DATA or HEADERS mean on a stream that is not under way: nothing, or an error (RFC 9113 section 5.1). */
  judge({ type, streamId }: Pick<Frame, "type" | "streamId">): void {
    const details = { frame: frameName(type), stream: streamId }
    if (this.isIdle(streamId)) throw connectionError("stream-idle", details)
    const how = this.#closed.get(streamId)
    if (how === "reset-here") return
    if (how === "reset-there") throw streamError("stream-closed", details)
    const rule = how === undefined && type === frameType.headers ? "stream-id" : "stream-closed"
    throw connectionError(rule, details)
  }
}
