import type { Fields } from "../http1/http1.ts"
import { FloodGuard } from "./flood-guard.ts"
import {
  checkShape,
  encodeFrame,
  encodeGoAway,
  encodeNumbers,
  encodeSettings,
  FrameReader,
  frameName,
} from "./frames.ts"
import {
  type ErrorName,
  errorCode,
  type Frame,
  flag,
  frameType,
  maxStreamId,
  type SessionLimits,
  type SessionOwner,
  setting,
} from "./http2.ts"
import { connectionError, Http2Error, streamError } from "./http2-errors.ts"
import { connectionWindowBytes, RequestFrames, type RequestSession } from "./request-frames.ts"
import { type ServerStream, streamWindowBytes } from "./server-stream.ts"
import { SessionOutput } from "./session-output.ts"
import { initialPeerSettings, settingsAfter } from "./settings.ts"
import { type ClosedHow, StreamTable } from "./stream-table.ts"

/** Tells the acknowledgement of our own PING from others. */
const drainPing = Buffer.from("draining", "latin1")

/**
 * The server's side of one connection. Bytes of the client go in by `push`, in whatever pieces; bytes for it come out
 * by `take`, whenever its owner can write. What breaks the protocol ends a stream or all of them, as its rule says.
 *
 *     open -> draining (told to open no more; what it opens meanwhile is served) -> final (later streams are ignored)
 *
 * and from each of these to `over`, after which the rest is taken and the connection closed.
 */
export class ServerSession implements RequestSession {
  readonly owner: SessionOwner
  readonly limits: SessionLimits
  readonly table: StreamTable
  readonly floods = new FloodGuard()
  readonly #reader = new FrameReader()
  readonly #requests: RequestFrames
  readonly #output: SessionOutput
  #state: "open" | "draining" | "final" | "over" = "open"
  /** The client's SETTINGS, which must come first, has come. */
  #begun = false
  /** By type; others are ignored. */
  readonly #handlers: Readonly<Record<number, (frame: Frame) => void>> = {
    [frameType.data]: frame => this.#requests.data(frame),
    [frameType.headers]: frame => this.#requests.headers(frame),
    [frameType.priority]: frame => this.#priority(frame),
    [frameType.rstStream]: frame => this.#resetCame(frame),
    [frameType.settings]: frame => this.#settings(frame),
    [frameType.pushPromise]: () => {
      throw connectionError("push")
    },
    [frameType.ping]: frame => this.#ping(frame),
    [frameType.goAway]: () => {},
    [frameType.windowUpdate]: frame => this.#windowUpdate(frame),
    [frameType.continuation]: frame => this.#requests.continuation(frame),
  }

  constructor(owner: SessionOwner, limits: SessionLimits) {
    const { maxLineBytes, maxFieldBytes, maxFields } = limits.message
    this.owner = owner
    this.limits = limits
    this.table = new StreamTable(limits.maxStreams)
    this.#requests = new RequestFrames(this)
    this.#output = new SessionOutput({
      sent: stream => this.#sent(stream),
      drained: stream => stream.gone || stream.handler.writable(),
    })
    this.#output.frame(
      encodeSettings([
        [setting.maxConcurrentStreams, limits.maxStreams],
        [setting.initialWindowSize, streamWindowBytes],
        [setting.maxHeaderListSize, maxLineBytes + maxFieldBytes + maxFields * 32],
      ]),
    )
    this.widen(connectionWindowBytes - initialPeerSettings.initialWindow)
  }

  /** Nothing more will be served: the connection is to be closed behind what is left to take. */
  get over(): boolean {
    return this.#state === "over" || (this.#state === "final" && this.table.size === 0)
  }

  push(bytes: Buffer): void {
    if (this.#state === "over") return
    try {
      this.#reader.push(bytes, frame => this.#frame(frame))
    } catch (error) {
      if (!(error instanceof Http2Error)) throw error
      this.fail(error)
    }
  }

  /** See `SessionOutput.take`. */
  take(most: number): Buffer | undefined {
    return this.#output.take(most)
  }

  /** To be called now and then: what a client may waste is so much a second. */
  refill(nowMs: number): void {
    this.floods.refill(nowMs)
  }

  /**
   * Asks the client to open no more streams here (RFC 9113 section 6.8). What it opens before it hears of that is
   * served; when its answer to a PING shows that it has heard, `finish` follows by itself.
   */
  drain(): void {
    if (this.#state !== "open") return
    this.#state = "draining"
    this.#goAway(maxStreamId, "NO_ERROR")
    this.#output.frame(encodeFrame(frameType.ping, 0, 0, drainPing))
    this.owner.pending()
  }

  /** Streams the client opens from now on are not served, and it is told which was the last. */
  finish(why = ""): void {
    if (this.#state === "final" || this.#state === "over") return
    this.#state = "final"
    this.#goAway(this.table.lastId, "NO_ERROR", why)
    this.owner.pending()
  }

  /** Ends it for what the client did. */
  fail(error: Http2Error): void {
    if (this.#state === "over") return
    this.#goAway(this.table.lastId, error.errorName, `${error.code}: ${error.message}`)
    this.owner.broken(error.code)
    this.abandon()
    this.owner.pending()
  }

  /** The connection has gone, or will: every stream ends here and now. */
  abandon(): void {
    this.#state = "over"
    for (const stream of this.table.all) this.#leave(stream, "reset-here", false)
  }

  // --- asked by streams ---

  sendHead(stream: ServerStream, fields: Fields): void {
    this.#output.head(stream, fields)
    this.owner.pending()
  }

  ready(stream: ServerStream): void {
    this.#output.ready(stream)
    this.owner.pending()
  }

  resetStream(stream: ServerStream, error: ErrorName): void {
    this.#reset(stream.id, error)
    this.#leave(stream, "reset-here", false)
  }

  consumed(stream: ServerStream, bytes: number): void {
    this.#requests.giveBack(bytes)
    const step = stream.remoteEnded || stream.gone ? 0 : stream.received.consume(bytes)
    if (step === 0) return
    this.#output.frame(encodeNumbers(frameType.windowUpdate, stream.id, step))
    this.owner.pending()
  }

  // --- asked by the reading of requests ---

  get isFinal(): boolean {
    return this.#state === "final"
  }

  get initialWindow(): number {
    return this.#output.settings.initialWindow
  }

  widen(bytes: number): void {
    this.#output.frame(encodeNumbers(frameType.windowUpdate, 0, bytes))
    this.owner.pending()
  }

  // --- frames ---

  /** False: nothing more is read. */
  #frame(frame: Frame): boolean {
    try {
      this.#dispatch(frame)
    } catch (error) {
      if (!(error instanceof Http2Error)) throw error
      if (error.ofConnection || this.table.isIdle(frame.streamId)) this.fail(error)
      else this.#streamBroken(frame.streamId, error)
    }
    return this.#state !== "over"
  }

  #dispatch(frame: Frame): void {
    this.#requests.check(frame)
    checkShape(frame)
    if (!this.#begun && frame.type !== frameType.settings) throw connectionError("preface")
    const handle = this.#handlers[frame.type]
    if (handle === undefined) this.floods.idleFrame()
    else handle(frame)
  }

  /** What it says of order is not followed; RFC 9113 section 5.3.2 has given that up. */
  #priority({ streamId, payload }: Frame): void {
    this.floods.idleFrame()
    if ((payload.readUInt32BE(0) & 0x7fff_ffff) === streamId)
      throw streamError("self-dependency", { stream: streamId })
  }

  #resetCame(frame: Frame): void {
    const stream = this.#streamOf(frame)
    if (stream === undefined) {
      this.floods.idleFrame()
      return
    }
    this.#leave(stream, "reset-there", false)
    this.floods.givenUp()
  }

  #settings(frame: Frame): void {
    this.floods.idleFrame()
    const isAck = (frame.flags & flag.ack) !== 0
    if (isAck && !this.#begun) throw connectionError("preface")
    this.#begun = true
    if (isAck) {
      if (frame.payload.length > 0)
        throw connectionError("frame-size", { frame: "settings", length: frame.payload.length })
      return
    }
    this.#output.apply(settingsAfter(this.#output.settings, frame), this.table.all)
    this.#output.frame(encodeFrame(frameType.settings, flag.ack, 0, Buffer.alloc(0)))
    this.owner.pending()
  }

  /** Not counted, for who reads in small pieces sends many, most of them when all of a short answer has left. */
  #windowUpdate(frame: Frame): void {
    const step = frame.payload.readUInt32BE(0) & 0x7fff_ffff
    if (frame.streamId === 0) this.#output.widen(step)
    else this.#streamOf(frame)?.widen(step)
    this.owner.pending()
  }

  /** Undefined where it has ended: what was on its way then means nothing. */
  #streamOf({ type, streamId }: Frame): ServerStream | undefined {
    if (this.table.isIdle(streamId))
      throw connectionError("stream-idle", { frame: frameName(type), stream: streamId })
    return this.table.get(streamId)
  }

  #ping({ flags, payload }: Frame): void {
    this.floods.idleFrame()
    if ((flags & flag.ack) === 0) this.#output.frame(encodeFrame(frameType.ping, flag.ack, 0, payload))
    else if (this.#state === "draining" && payload.equals(drainPing)) this.finish()
    this.owner.pending()
  }

  // --- streams ---

  #streamBroken(id: number, error: Http2Error): void {
    this.owner.broken(error.code)
    this.#reset(id, error.errorName)
    const stream = this.table.get(id)
    if (stream === undefined) this.table.close(id, "reset-here")
    else this.#leave(stream, "reset-here", false)
    this.floods.givenUp()
  }

  /** The end of its answer has left; where the request goes on, nobody wants its rest (RFC 9113 section 8.1). */
  #sent(stream: ServerStream): void {
    if (!stream.remoteEnded) this.#reset(stream.id, "NO_ERROR")
    this.#leave(stream, stream.remoteEnded ? "ended" : "reset-here", true)
  }

  #leave(stream: ServerStream, how: ClosedHow, whole: boolean): void {
    this.table.close(stream.id, how)
    this.#output.drop(stream)
    this.#requests.giveBack(stream.leave())
    stream.handler.closed(whole)
  }

  #reset(id: number, error: ErrorName): void {
    this.#output.frame(encodeNumbers(frameType.rstStream, id, errorCode[error]))
    this.owner.pending()
  }

  #goAway(lastId: number, error: ErrorName, why = ""): void {
    this.#output.frame(encodeGoAway(lastId, errorCode[error], why))
  }
}
