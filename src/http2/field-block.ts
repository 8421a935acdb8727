import { ownCopy } from "../kit/node/own-copy.ts"
import { unpadded } from "./frames.ts"
import { type Frame, flag, frameType } from "./http2.ts"
import { connectionError } from "./http2-errors.ts"

/** Pieces of one block; a client that needs more sends them only to keep us busy (CVE-2024-27316). */
const maxFrames = 32

/** A block of fields: HEADERS, and what CONTINUATION adds to it (RFC 9113 section 4.3). */
export type FieldBlock = {
  readonly streamId: number
  readonly endStream: boolean
  readonly selfDependent: boolean
  /** Borrowed where it came in one frame. */
  readonly bytes: Buffer
}

/** Puts blocks together; between the frames of one, none other may come. */
export class FieldBlocks {
  readonly #maxBytes: number
  #open: (Omit<FieldBlock, "bytes"> & { parts: Buffer[]; bytes: number }) | undefined

  /** `maxBytes`: of one block, compressed. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Throws Http2Error when the frame may not come now. */
  check({ type, streamId }: Frame, frame: string): void {
    const isContinued = type === frameType.continuation
    if (isContinued !== (this.#open !== undefined) || (isContinued && streamId !== this.#open?.streamId)) {
      throw connectionError("block-open", { frame })
    }
  }

  /** HEADERS: the block, when it is whole. */
  begin(frame: Frame): FieldBlock | undefined {
    const { streamId, flags } = frame
    let bytes = unpadded(frame)
    let selfDependent = false
    if (flags & flag.priority) {
      if (bytes.length < 5) throw connectionError("frame-size", { frame: "headers", length: bytes.length })
      selfDependent = (bytes.readUInt32BE(0) & 0x7fff_ffff) === streamId
      bytes = bytes.subarray(5)
    }
    const block = { streamId, endStream: (flags & flag.endStream) !== 0, selfDependent }
    if (flags & flag.endHeaders) return { ...block, bytes }
    this.#open = { ...block, parts: [ownCopy(bytes)], bytes: bytes.length }
    return undefined
  }

  /** CONTINUATION: the block, when it is whole. */
  goOn({ flags, payload }: Frame): FieldBlock | undefined {
    const open = this.#open!
    open.parts.push(ownCopy(payload))
    open.bytes += payload.length
    if (open.bytes > this.#maxBytes || open.parts.length > maxFrames) {
      throw connectionError("block-too-long", { limit: this.#maxBytes, frames: maxFrames })
    }
    if ((flags & flag.endHeaders) === 0) return undefined
    this.#open = undefined
    return { ...open, bytes: Buffer.concat(open.parts) }
  }
}
