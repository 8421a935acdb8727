import type { Fields } from "../http1/index.ts"
import { encodeBlock, encodeFrameHead } from "./frames.ts"
import { HpackEncoder } from "./hpack/hpack-encoder.ts"
import { flag, frameType, maxFrameBytes, maxWindow } from "./http2.ts"
import { connectionError } from "./http2-errors.ts"
import type { ServerStream } from "./server-stream.ts"
import { initialPeerSettings, type PeerSettings } from "./settings.ts"

export interface OutputOwner {
  /** The end of a stream's answer has left. */
  sent(stream: ServerStream): void
  drained(stream: ServerStream): void
}

/**
 * What a session has to send, until it is taken: control frames and heads first, in their order; then the bodies, a
 * frame of each stream in turn, as far as the client's windows reach. Nothing is made into frames before it can leave,
 * so a slow client costs what its streams hold and no more.
 */
export class SessionOutput {
  readonly #owner: OutputOwner
  readonly #encoder = new HpackEncoder()
  #frames: Buffer[] = []
  /** Streams with something to send; those that the connection's window keeps waiting are apart. */
  readonly #ready = new Set<ServerStream>()
  readonly #starved = new Set<ServerStream>()
  #window = initialPeerSettings.initialWindow
  settings: PeerSettings = initialPeerSettings

  constructor(owner: OutputOwner) {
    this.#owner = owner
  }

  frame(frame: Buffer): void {
    this.#frames.push(frame)
  }

  head(stream: ServerStream, fields: Fields): void {
    this.#frames.push(this.#block(stream, fields, false))
  }

  ready(stream: ServerStream): void {
    this.#ready.add(stream)
  }

  drop(stream: ServerStream): void {
    this.#ready.delete(stream)
    this.#starved.delete(stream)
  }

  /** Takes over the client's settings, which move the windows of all streams. Throws Http2Error. */
  apply(settings: PeerSettings, streams: readonly ServerStream[]): void {
    const step = settings.initialWindow - this.settings.initialWindow
    this.settings = settings
    this.#encoder.resize(settings.leastTableBytes)
    this.#encoder.resize(settings.headerTableBytes)
    for (const stream of streams) {
      stream.sendWindow += step
      if (stream.sendWindow > maxWindow) throw connectionError("window-overflow")
      this.#ready.add(stream)
    }
  }

  /** Of the connection. Throws Http2Error. */
  widen(bytes: number): void {
    if (bytes === 0) throw connectionError("window-step")
    this.#window += bytes
    if (this.#window > maxWindow) throw connectionError("window-overflow")
    for (const stream of this.#starved) this.#ready.add(stream)
    this.#starved.clear()
  }

  /** About as many bytes as asked for, control frames and heads in any case; undefined when there is nothing. */
  take(most: number): Buffer | undefined {
    const pieces: Buffer[] = this.#frames
    this.#frames = []
    let bytes = 0
    for (const piece of pieces) bytes += piece.length
    const sent: ServerStream[] = []
    const drained: ServerStream[] = []
    // What is added again while this goes on has its next turn behind the others.
    for (const stream of this.#ready) {
      if (bytes >= most) break
      this.#ready.delete(stream)
      const before = pieces.length
      if (stream.waitingBytes > 0) this.#sendData(stream, pieces)
      else if (stream.ending) this.#sendEnd(stream, pieces)
      for (let at = before; at < pieces.length; at++) bytes += pieces[at]!.length
      if (pieces.length === before) continue
      if (stream.ending && stream.waitingBytes === 0 && !this.#ready.has(stream)) sent.push(stream)
      else if (stream.hasDrained()) drained.push(stream)
    }
    for (const stream of sent) this.#owner.sent(stream)
    for (const stream of drained) this.#owner.drained(stream)
    if (pieces.length === 0) return undefined
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, bytes)
  }

  #sendData(stream: ServerStream, pieces: Buffer[]): void {
    const most = Math.min(maxFrameBytes, stream.sendWindow, this.#window)
    if (most <= 0) {
      if (stream.sendWindow > 0) this.#starved.add(stream)
      return
    }
    const data = stream.next(most)
    this.#window -= data.length
    const isLast = stream.ending && stream.waitingBytes === 0 && stream.trailers === undefined
    pieces.push(encodeFrameHead(frameType.data, isLast ? flag.endStream : 0, stream.id, data.length), data)
    if (stream.waitingBytes > 0 || (stream.ending && !isLast)) this.#ready.add(stream)
  }

  #sendEnd(stream: ServerStream, pieces: Buffer[]): void {
    const { trailers } = stream
    if (trailers === undefined) pieces.push(encodeFrameHead(frameType.data, flag.endStream, stream.id, 0))
    else pieces.push(this.#block(stream, trailers, true))
  }

  #block(stream: ServerStream, fields: Fields, ended: boolean): Buffer {
    return encodeBlock(stream.id, this.#encoder.encode(fields), ended, this.settings.maxFrameBytes)
  }
}
