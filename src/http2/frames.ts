import { ownCopy } from "../kit/node/own-copy.ts"
import { type Frame, flag, frameHeadBytes, frameType, maxFrameBytes, preface } from "./http2.ts"
import { connectionError, streamError } from "./http2-errors.ts"

type Shape = {
  readonly on: "stream" | "connection" | "either"
  readonly length?: number
  readonly least?: number
  readonly multipleOf?: number
  /** A wrong length is an error of the stream alone. */
  readonly mild?: true
}

/** What holds for each type of frame, whatever the state (RFC 9113 section 6). */
const shapes: Readonly<Record<number, Shape>> = {
  [frameType.data]: { on: "stream" },
  [frameType.headers]: { on: "stream" },
  [frameType.priority]: { on: "stream", length: 5, mild: true },
  [frameType.rstStream]: { on: "stream", length: 4 },
  [frameType.settings]: { on: "connection", multipleOf: 6 },
  [frameType.pushPromise]: { on: "stream" },
  [frameType.ping]: { on: "connection", length: 8 },
  [frameType.goAway]: { on: "connection", least: 8 },
  [frameType.windowUpdate]: { on: "either", length: 4 },
  [frameType.continuation]: { on: "stream" },
}

const names = Object.keys(frameType)

/** For sentences. */
export function frameName(type: number): string {
  return names[type] ?? `type ${type}`
}

/** Throws Http2Error where length or stream do not fit the type; a frame of unknown type has no shape. */
export function checkShape({ type, streamId, payload }: Frame): void {
  const shape = shapes[type]
  if (shape === undefined) return
  const frame = frameName(type)
  if (shape.on !== "either" && (shape.on === "stream") !== streamId > 0) {
    throw connectionError("frame-stream", { frame, stream: streamId })
  }
  const { length } = payload
  const fits =
    (shape.length === undefined || length === shape.length) &&
    (shape.least === undefined || length >= shape.least) &&
    (shape.multipleOf === undefined || length % shape.multipleOf === 0)
  if (!fits) throw (shape.mild ? streamError : connectionError)("frame-size", { frame, length })
}

/** The payload without its padding (RFC 9113 section 6.1). */
export function unpadded({ flags, payload }: Frame): Buffer {
  if ((flags & flag.padded) === 0) return payload
  if (payload.length === 0) throw connectionError("frame-size", { frame: "padded", length: 0 })
  const end = payload.length - payload[0]!
  if (end < 1) throw connectionError("padding")
  return payload.subarray(1, end)
}

const noBytes: Buffer = Buffer.alloc(0)

/** Cuts what comes into frames, behind the preface. Bytes are copied only where a frame spans several pushes. */
export class FrameReader {
  #rest: Buffer = noBytes
  #prefaced = false

  /** Nothing of a next frame is here. */
  get idle(): boolean {
    return this.#rest.length === 0
  }

  /** Throws Http2Error, after which nothing more may be pushed. `onFrame` returns false to leave the rest unread. */
  push(bytes: Buffer, onFrame: (frame: Frame) => boolean): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    let at = this.#prefaced ? 0 : this.#readPreface(all)
    while (this.#prefaced && at + 3 <= all.length) {
      const length = all.readUIntBE(at, 3)
      const end = at + frameHeadBytes + length
      if (length > maxFrameBytes) throw connectionError("frame-size", { frame: "too large a", length })
      if (end > all.length) break
      const streamId = all.readUInt32BE(at + 5) & 0x7fff_ffff
      const payload = all.subarray(at + frameHeadBytes, end)
      const goesOn = onFrame({ type: all[at + 3]!, flags: all[at + 4]!, streamId, payload })
      at = end
      if (!goesOn) break
    }
    this.#rest = at === all.length ? noBytes : ownCopy(all.subarray(at))
  }

  #readPreface(bytes: Buffer): number {
    const length = Math.min(bytes.length, preface.length)
    if (preface.compare(bytes, 0, length, 0, length) !== 0) throw connectionError("preface")
    this.#prefaced = length === preface.length
    return this.#prefaced ? length : 0
  }
}

export function encodeFrame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(frameHeadBytes + payload.length)
  writeFrameHead(frame, type, flags, streamId, payload.length)
  frame.set(payload, frameHeadBytes)
  return frame
}

export function encodeFrameHead(type: number, flags: number, streamId: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(frameHeadBytes)
  writeFrameHead(head, type, flags, streamId, length)
  return head
}

function writeFrameHead(into: Buffer, type: number, flags: number, streamId: number, length: number): void {
  into.writeUIntBE(length, 0, 3)
  into[3] = type
  into[4] = flags
  into.writeUInt32BE(streamId, 5)
}

/** A frame whose payload is big-endian numbers of 32 bits: RST_STREAM, WINDOW_UPDATE. */
export function encodeNumbers(type: number, streamId: number, ...values: readonly number[]): Buffer {
  const payload = Buffer.allocUnsafe(values.length * 4)
  for (const [index, value] of values.entries()) payload.writeUInt32BE(value, index * 4)
  return encodeFrame(type, 0, streamId, payload)
}

/** `why`: latin-1, for whoever looks into it. */
export function encodeGoAway(lastId: number, error: number, why: string): Buffer {
  const payload = Buffer.alloc(8 + why.length)
  payload.writeUInt32BE(lastId)
  payload.writeUInt32BE(error, 4)
  payload.write(why, 8, "latin1")
  return encodeFrame(frameType.goAway, 0, 0, payload)
}

/** `[id, value]` each. */
export function encodeSettings(settings: ReadonlyArray<readonly [number, number]>): Buffer {
  const payload = Buffer.allocUnsafe(settings.length * 6)
  for (const [index, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, index * 6)
    payload.writeUInt32BE(value, index * 6 + 2)
  }
  return encodeFrame(frameType.settings, 0, 0, payload)
}

/** HEADERS, and CONTINUATION where the block is longer than the peer's frames. */
export function encodeBlock(streamId: number, block: Buffer, ended: boolean, maxBytes: number): Buffer {
  const endStream = ended ? flag.endStream : 0
  if (block.length <= maxBytes) {
    return encodeFrame(frameType.headers, endStream | flag.endHeaders, streamId, block)
  }
  const frames: Buffer[] = []
  for (let at = 0; at < block.length; at += maxBytes) {
    const last = at + maxBytes >= block.length ? flag.endHeaders : 0
    const [type, flags] = at === 0 ? [frameType.headers, endStream] : [frameType.continuation, 0]
    frames.push(encodeFrame(type, flags | last, streamId, block.subarray(at, at + maxBytes)))
  }
  return Buffer.concat(frames)
}
