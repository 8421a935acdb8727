import type { Fields } from "../http1/http1.ts"
import { HttpParseError, reject } from "../http1/http1-errors.ts"
import { checkTrailers } from "../http1/trailers.ts"
import { type FieldBlock, FieldBlocks } from "./field-block.ts"
import type { FloodGuard } from "./flood-guard.ts"
import { frameName, unpadded } from "./frames.ts"
import { HpackDecoder } from "./hpack/hpack-decoder.ts"
import {
  type Frame,
  flag,
  frameType,
  type SessionLimits,
  type SessionOwner,
  type StreamHandler,
} from "./http2.ts"
import { connectionError, streamError } from "./http2-errors.ts"
import { ReceiveWindow } from "./receive-window.ts"
import { checkFieldsSize, checkTrailerFields, requestHeadOf } from "./request-head.ts"
import { ServerStream, type StreamSession } from "./server-stream.ts"
import type { StreamTable } from "./stream-table.ts"

/** What may have been sent of all bodies together before it is read. Streams that are to wait hold on to theirs. */
export const connectionWindowBytes = 1024 * 1024

/** Decoded fields beyond this are not kept; requests that long are refused anyway. */
const maxDecodedBytes = 64 * 1024

/** What the reading of requests asks of its session. */
export interface RequestSession extends StreamSession {
  readonly table: StreamTable
  readonly floods: FloodGuard
  readonly owner: SessionOwner
  readonly limits: SessionLimits
  /** Streams that are opened now are not served. */
  readonly isFinal: boolean
  /** Of each new stream, for its answer. */
  readonly initialWindow: number
  /** Widens the connection's window by so many bytes. */
  widen(bytes: number): void
}

/** The frames that make up requests: HEADERS, CONTINUATION, DATA. */
export class RequestFrames {
  readonly #session: RequestSession
  readonly #decoder = new HpackDecoder()
  readonly #blocks: FieldBlocks
  readonly #received = new ReceiveWindow(connectionWindowBytes)

  constructor(session: RequestSession) {
    const { maxLineBytes, maxFieldBytes } = session.limits.message
    this.#session = session
    this.#blocks = new FieldBlocks(maxLineBytes + maxFieldBytes)
  }

  /** Throws Http2Error when a frame may not come now, whatever it is. */
  check(frame: Frame): void {
    this.#blocks.check(frame, frameName(frame.type))
  }

  headers(frame: Frame): void {
    if (frame.streamId % 2 === 0) throw connectionError("stream-id", { stream: frame.streamId })
    this.#blockCame(this.#blocks.begin(frame))
  }

  continuation(frame: Frame): void {
    this.#blockCame(this.#blocks.goOn(frame))
  }

  data(frame: Frame): void {
    const { streamId, payload } = frame
    if (!this.#received.take(payload.length)) throw connectionError("window-overrun")
    const stream = this.#session.table.get(streamId)
    if (stream === undefined) {
      this.giveBack(payload.length)
      if (payload.length === 0) this.#session.floods.idleFrame()
      this.#session.table.judge(frame)
      return
    }
    try {
      this.#body(stream, frame)
    } finally {
      if (stream.gone) this.giveBack(payload.length)
      else stream.took(payload.length)
    }
  }

  /** So many bytes of bodies wait no more. */
  giveBack(bytes: number): void {
    const step = this.#received.consume(bytes)
    if (step > 0) this.#session.widen(step)
  }

  #body(stream: ServerStream, frame: Frame): void {
    if (stream.remoteEnded) throw streamError("stream-closed", { frame: "data", stream: stream.id })
    if (!stream.received.take(frame.payload.length)) throw streamError("window-overrun")
    const bytes = unpadded(frame)
    const ends = (frame.flags & flag.endStream) !== 0
    if (bytes.length === 0 && !ends) this.#session.floods.idleFrame()
    stream.bodyBytes += bytes.length
    if (stream.bodyBytes > (stream.announcedBytes ?? stream.bodyBytes)) throw streamError("length-mismatch")
    const limit = this.#session.limits.message.maxBodyBytes
    if (stream.bodyBytes > limit) this.#malformed(stream, reject("body-too-large", { limit }))
    else if (bytes.length > 0) stream.handler.body(bytes)
    if (ends) this.#ended(stream)
    else if (!stream.gone) stream.handler.pushed()
  }

  #ended(stream: ServerStream): void {
    stream.remoteEnded = true
    if (stream.bodyBytes < (stream.announcedBytes ?? 0)) throw streamError("length-mismatch")
    stream.handler.ended()
    stream.handler.pushed()
  }

  #blockCame(block: FieldBlock | undefined): void {
    if (block === undefined) return
    const { table, floods } = this.#session
    // Read whatever becomes of it: later blocks refer to it.
    const { fields, cut } = this.#decoder.decode(block.bytes, maxDecodedBytes)
    const stream = table.get(block.streamId)
    if (stream !== undefined) this.#trailersCame(stream, block, fields, cut)
    else if (table.isIdle(block.streamId)) this.#opened(block, fields, cut)
    else {
      floods.idleFrame()
      table.judge({ type: frameType.headers, streamId: block.streamId })
    }
  }

  #opened({ streamId, endStream, selfDependent }: FieldBlock, fields: Fields, cut: boolean): void {
    const { table, floods, limits, isFinal, initialWindow } = this.#session
    if (isFinal) {
      floods.idleFrame()
      table.ignore(streamId)
      return
    }
    table.use(streamId)
    if (table.size >= limits.maxStreams) throw streamError("streams-too-many", { limit: limits.maxStreams })
    if (selfDependent) throw streamError("self-dependency", { stream: streamId })
    const stream = new ServerStream(this.#session, streamId, initialWindow)
    stream.remoteEnded = endStream
    stream.handler = this.#handlerOf(stream, fields, cut)
    table.add(stream)
    if (endStream) stream.handler.ended()
    stream.handler.pushed()
  }

  #handlerOf(stream: ServerStream, fields: Fields, cut: boolean): StreamHandler {
    const { owner, limits } = this.#session
    const { message } = limits
    try {
      if (cut) throw reject("fields-too-large", { limit: message.maxFieldBytes })
      const head = requestHeadOf(fields, stream.remoteEnded, message)
      if (head.body.kind !== "chunked")
        stream.announcedBytes = head.body.kind === "length" ? head.body.length : 0
      return owner.request(stream, head)
    } catch (error) {
      if (error instanceof HttpParseError) return owner.refused(stream, error)
      throw error
    }
  }

  #trailersCame(stream: ServerStream, { endStream }: FieldBlock, fields: Fields, cut: boolean): void {
    const { message } = this.#session.limits
    if (stream.remoteEnded) throw streamError("stream-closed", { frame: "headers", stream: stream.id })
    if (!endStream) throw streamError("trailers-open")
    checkTrailerFields(fields)
    try {
      if (cut) throw reject("fields-too-large", { limit: message.maxFieldBytes })
      checkFieldsSize(fields, message)
      checkTrailers(fields)
      stream.handler.trailers(fields)
    } catch (error) {
      if (!(error instanceof HttpParseError)) throw error
      this.#malformed(stream, error)
    }
    if (!stream.gone) this.#ended(stream)
  }

  /** Told once, however much of it still comes. */
  #malformed(stream: ServerStream, error: HttpParseError): void {
    if (stream.malformed) return
    stream.malformed = true
    this.#session.floods.givenUp()
    stream.handler.malformed(error)
  }
}
