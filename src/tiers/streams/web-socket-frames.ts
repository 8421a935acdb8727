const closeOpcode = 8

/**
 * Follows where the frames of one side of a WebSocket begin and end (RFC 6455 section 5.2), whatever their payload: so
 * that a frame of somebody else's can be put between two of them.
 */
export class WebSocketFrames {
  /** Bytes of the head under way: seen, and needed as far as is known by now. */
  #seen = 0
  #needed = 2
  #lengthBytes = 0
  #payloadLeft = 0
  /** This side has begun its close frame: no frame may follow it (section 5.5.1). */
  closing = false

  /** Nothing of a frame is under way. */
  get between(): boolean {
    return this.#seen === 0
  }

  /** Follows all of it. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += this.take(at === 0 ? bytes : bytes.subarray(at))
  }

  /** Follows no more than the frame under way, or the next one; returns how many bytes of it these are. */
  take(bytes: Uint8Array): number {
    let at = 0
    while (at < bytes.length && this.#seen < this.#needed) this.#headByte(bytes[at++]!)
    if (this.#seen < this.#needed) return at
    const part = Math.min(this.#payloadLeft, bytes.length - at)
    this.#payloadLeft -= part
    if (this.#payloadLeft === 0) {
      this.#seen = 0
      this.#needed = 2
    }
    return at + part
  }

  #headByte(byte: number): void {
    const nth = this.#seen++
    if (nth === 0) this.closing ||= (byte & 0x0f) === closeOpcode
    else if (nth === 1) this.#lengthByte(byte)
    else if (nth < 2 + this.#lengthBytes) this.#payloadLeft = this.#payloadLeft * 256 + byte
  }

  /** The second byte: whether there is a mask, and the length or how many bytes it takes. */
  #lengthByte(byte: number): void {
    const length = byte & 0x7f
    this.#lengthBytes = length === 126 ? 2 : length === 127 ? 8 : 0
    this.#payloadLeft = this.#lengthBytes === 0 ? length : 0
    this.#needed = 2 + this.#lengthBytes + (byte >= 0x80 ? 4 : 0)
  }
}

/** A server's close frame (section 5.5.1). `reason`: ASCII, at most 123 bytes. */
export function closeFrame(code: number, reason: string): Uint8Array {
  const text = [...reason].map(character => character.charCodeAt(0))
  return Uint8Array.from([0x80 | closeOpcode, 2 + text.length, code >> 8, code & 0xff, ...text])
}
