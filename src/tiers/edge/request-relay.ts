import { type Fields, type RequestHead, requestHeadText } from "../../http1/index.ts"
import { BodyFramer } from "./body-framer.ts"
import { requestTrailers } from "./request-fields.ts"
import { isIdempotent } from "./retry-rules.ts"
import { gathered, type Piece } from "./shared-write.ts"

/** A body up to this size is held, so that the request can be sent again. */
export const maxKeptBytes = 64 * 1024

/**
 * The bytes of one request on their way to a backend. Everything is held until it is first sent; after that, only
 * what may be sent again, and only while it is small.
 */
export class RequestRelay {
  readonly #method: string
  readonly #framer: BodyFramer
  #kept: Piece[] = []
  #keptBytes = 0
  /** `#kept` is all of the request that was taken from the client. */
  #whole = true
  #sent = false
  #bodyBytes = 0
  #trailers: Fields = []
  #ended = false

  constructor(head: RequestHead, target: string, lines: string) {
    this.#method = head.method
    this.#framer = new BodyFramer(head.body.kind)
    this.#keep(requestHeadText(head.method, target, lines))
  }

  get bodyBytes(): number {
    return this.#bodyBytes
  }

  /** The client has sent all of it. */
  get ended(): boolean {
    return this.#ended
  }

  get replayable(): boolean {
    return this.#whole
  }

  /** No more can be held before something has been sent. */
  get full(): boolean {
    return !this.#sent && this.#keptBytes >= maxKeptBytes
  }

  body(piece: Uint8Array): void {
    this.#bodyBytes += piece.length
    this.#framer.piece(piece)
  }

  trailers(fields: Fields): void {
    this.#trailers = requestTrailers(fields)
  }

  end(): void {
    this.#framer.end(this.#trailers)
    this.#ended = true
  }

  /** What came with the bytes just parsed: returned, borrowed, when the rest has been sent already, else held. */
  flush(): Buffer | undefined {
    const bytes = this.#framer.take()
    if (bytes === undefined) return undefined
    if (this.#whole) this.#keep(Buffer.from(bytes))
    this.#forgetIfLarge()
    return this.#sent ? bytes : undefined
  }

  /** Everything so far, borrowed, for a connection on which nothing of it was sent. */
  sendAll(): Buffer {
    const all = gathered(this.#kept)
    this.#sent = true
    if (!isIdempotent(this.#method)) this.#forget()
    this.#forgetIfLarge()
    return all
  }

  /** The attempt failed, and another one follows. */
  rewind(): void {
    this.#sent = false
  }

  #keep(piece: Piece): void {
    this.#kept.push(piece)
    this.#keptBytes += piece.length
  }

  #forgetIfLarge(): void {
    if (this.#sent && this.#keptBytes > maxKeptBytes) this.#forget()
  }

  #forget(): void {
    this.#kept = []
    this.#keptBytes = 0
    this.#whole = false
  }
}
