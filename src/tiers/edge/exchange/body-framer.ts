import { chunkEnd, encodeChunkHead, type Fields, lastChunk } from "../../../http1/index.ts"
import { gathered, type Piece } from "../../../kit/node/shared-write.ts"

/** Shared: never added to. */
const none: Piece[] = []

/**
 * Writes one message anew: head, body pieces in their framing, end. Pieces are only borrowed from a read buffer, so
 * they are noted while that buffer is being parsed and then gathered in one, which is borrowed too: one copy, one write.
 */
export class BodyFramer {
  readonly #chunked: boolean
  #pieces = none

  constructor(framing: "none" | "length" | "chunked" | "until-close") {
    this.#chunked = framing === "chunked"
  }

  head(text: string): void {
    this.#note(text)
  }

  piece(bytes: Uint8Array): void {
    if (this.#chunked) this.#note(encodeChunkHead(bytes.length))
    this.#note(bytes)
    if (this.#chunked) this.#note(chunkEnd)
  }

  end(trailers: Fields): void {
    if (this.#chunked) this.#note(lastChunk(trailers))
  }

  /** What came since the last time, borrowed until the next one of any message; or undefined. */
  take(): Buffer | undefined {
    const pieces = this.#pieces
    if (pieces.length === 0) return undefined
    this.#pieces = none
    return gathered(pieces)
  }

  /** Most messages are a head and one piece, and the first push would make room for seventeen. */
  #note(piece: Piece): void {
    const pieces = this.#pieces
    if (pieces.length === 0) this.#pieces = [piece]
    else if (pieces.length === 1) this.#pieces = [pieces[0]!, piece]
    else pieces.push(piece)
  }
}
