import { chunkEnd, encodeChunkHead, type Fields, lastChunk } from "../../http1/index.ts"

/**
 * Writes one message anew: head, body pieces in their framing, end. Pieces are only borrowed from a read buffer, so
 * they are gathered while that buffer is being parsed and then taken as one owned buffer: one copy, one write.
 */
export class BodyFramer {
  readonly #chunked: boolean
  #gathered: Uint8Array[] = []

  constructor(framing: "none" | "length" | "chunked" | "until-close") {
    this.#chunked = framing === "chunked"
  }

  raw(bytes: Uint8Array): void {
    this.#gathered.push(bytes)
  }

  piece(bytes: Uint8Array): void {
    if (this.#chunked) this.#gathered.push(encodeChunkHead(bytes.length), bytes, chunkEnd)
    else this.#gathered.push(bytes)
  }

  end(trailers: Fields): void {
    if (this.#chunked) this.#gathered.push(lastChunk(trailers))
  }

  /** What was gathered since the last time, or undefined. */
  take(): Buffer | undefined {
    if (this.#gathered.length === 0) return undefined
    const bytes = Buffer.concat(this.#gathered)
    this.#gathered = []
    return bytes
  }
}
