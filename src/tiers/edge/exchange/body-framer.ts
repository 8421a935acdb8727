import { chunkEnd, encodeChunkHead, type Fields, lastChunk } from "../../../http1/index.ts"
import { gathered, type Piece } from "../../../kit/node/shared-write.ts"

/**
 * Writes one message anew: head, body pieces in their framing, end. Pieces are only borrowed from a read buffer, so
 * they are noted while that buffer is being parsed and then gathered in one, which is borrowed too: one copy, one write.
 */
export class BodyFramer {
  readonly #chunked: boolean
  #pieces: Piece[] = []

  constructor(framing: "none" | "length" | "chunked" | "until-close") {
    this.#chunked = framing === "chunked"
  }

  head(text: string): void {
    this.#pieces.push(text)
  }

  piece(bytes: Uint8Array): void {
    if (this.#chunked) this.#pieces.push(encodeChunkHead(bytes.length), bytes, chunkEnd)
    else this.#pieces.push(bytes)
  }

  end(trailers: Fields): void {
    if (this.#chunked) this.#pieces.push(lastChunk(trailers))
  }

  /** What came since the last time, borrowed until the next one of any message; or undefined. */
  take(): Buffer | undefined {
    if (this.#pieces.length === 0) return undefined
    const bytes = gathered(this.#pieces)
    this.#pieces = []
    return bytes
  }
}
