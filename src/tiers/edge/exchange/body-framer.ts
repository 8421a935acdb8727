import { chunkEnd, encodeChunkHead, type Fields, lastChunk } from "../../../http1/index.ts"
import { gathered, type Piece } from "../../../kit/node/shared-write.ts"

/**
 * Writes one message anew: head, body pieces in their framing, end. Pieces are only borrowed from a read buffer, so
 * they are noted while that buffer is being parsed and then gathered in one, which is borrowed too: one copy, one write.
 */
export class BodyFramer {
  readonly #chunked: boolean
  /** Most messages are a head and one piece: noted without an array that has room for more. */
  #head = ""
  #piece: Uint8Array | undefined
  #more: Piece[] | undefined

  constructor(framing: "none" | "length" | "chunked" | "until-close") {
    this.#chunked = framing === "chunked"
  }

  head(text: string): void {
    this.#head = text
  }

  piece(bytes: Uint8Array): void {
    if (this.#chunked) this.#note(encodeChunkHead(bytes.length), bytes, chunkEnd)
    else if (this.#piece === undefined) this.#piece = bytes
    else this.#note(bytes)
  }

  end(trailers: Fields): void {
    if (this.#chunked) this.#note(lastChunk(trailers))
  }

  /** What came since the last time, borrowed until the next one of any message; or undefined. */
  take(): Buffer | undefined {
    const head = this.#head
    const piece = this.#piece
    const more = this.#more
    if (head === "" && piece === undefined && more === undefined) return undefined
    this.#head = ""
    this.#piece = undefined
    this.#more = undefined
    if (more === undefined) return gathered(piece === undefined ? [head] : [head, piece])
    return gathered(piece === undefined ? [head, ...more] : [head, piece, ...more])
  }

  #note(...pieces: Piece[]): void {
    if (this.#more === undefined) this.#more = pieces
    else this.#more.push(...pieces)
  }
}
