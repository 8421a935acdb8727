import { type Fields, originForm, type RequestHead, requestHeadText } from "../../../http1/index.ts"
import { CollectedBytes } from "../../../kit/node/collected-bytes.ts"
import { gathered, type Piece } from "../../../kit/node/shared-write.ts"
import type { EdgeLimits } from "../edge.ts"
import { type Refusal, refusal } from "../edge-errors.ts"
import { BodyFramer } from "./body-framer.ts"
import { requestTrailers } from "./request-fields.ts"
import { UploadPace } from "./upload-pace.ts"

/** A body up to this size is held, so that the request can be sent again. */
export const maxKeptBytes = 64 * 1024

const none: Fields = []

/**
 * The bytes of one request on their way to a backend. Everything is held until it is first sent; after that, only
 * what may be sent again, and only while it is small.
 */
export class RequestRelay {
  readonly #head: RequestHead
  readonly #limits: EdgeLimits
  /** Undefined: there is no body. */
  readonly #framer: BodyFramer | undefined
  /** With `#keptBody`: what is held. */
  #keptHead: string
  #keptBody: CollectedBytes | undefined
  /** What is held is all of the request that was taken from the client. */
  #whole = true
  #sent = false
  #bodyBytes = 0
  #trailers: Fields = none
  #ended = false
  #pace: UploadPace | undefined

  constructor(head: RequestHead, lines: string, limits: EdgeLimits) {
    this.#head = head
    this.#limits = limits
    if (head.body.kind !== "none") this.#framer = new BodyFramer(head.body.kind)
    this.#keptHead = requestHeadText(head.method, originForm(head.target, head.method), lines)
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

  /**
   * A short body is collected before a backend is asked: who sends one slowly keeps a buffer here busy, no backend.
   * Not chunks, which may be half of a conversation, nor what the client holds back until the backend says go on.
   */
  get worthSending(): boolean {
    if (this.#ended || this.full) return true
    const { body, expectContinue } = this.#head
    return body.kind !== "length" || body.length > maxKeptBytes || expectContinue
  }

  /** No more can be held before something has been sent. */
  get full(): boolean {
    return !this.#sent && this.#keptBytes >= maxKeptBytes
  }

  body(piece: Uint8Array): void {
    this.#bodyBytes += piece.length
    this.#framer?.piece(piece)
  }

  trailers(fields: Fields): void {
    this.#trailers = requestTrailers(fields)
  }

  end(): void {
    this.#framer?.end(this.#trailers)
    this.#ended = true
  }

  /** What came with the bytes just parsed: returned, borrowed, when the rest has been sent already, else held. */
  flush(): Buffer | undefined {
    const bytes = this.#framer?.take()
    if (bytes === undefined) return undefined
    if (this.#whole) this.#keep(bytes)
    this.#forgetIfLarge()
    return this.#sent ? bytes : undefined
  }

  /** Everything so far, borrowed, for a connection on which nothing of it was sent; held on for another attempt. */
  sendAll(repeatable: boolean): Piece {
    const all =
      this.#keptBody === undefined ? this.#keptHead : gathered([this.#keptHead, this.#keptBody.bytes])
    this.#sent = true
    if (!repeatable) this.forget()
    this.#forgetIfLarge()
    return all
  }

  /** The attempt failed, and another one follows. */
  rewind(): void {
    this.#sent = false
  }

  /** How long the client may take now until `lateness` is asked. */
  allowanceMs(nowMs: number): number {
    this.#pace ??= new UploadPace(this.#limits, nowMs, this.#bodyBytes)
    this.#pace.seen(nowMs, this.#bodyBytes)
    return this.#pace.dueMs - nowMs
  }

  /** The client was kept waiting itself. */
  forgive(nowMs: number): void {
    this.#pace?.forgive(nowMs, this.#bodyBytes)
  }

  /** After the allowance: why the rest of the body comes too late; undefined when it may still come. */
  lateness(nowMs: number): Refusal | undefined {
    const { bodyIdleTimeoutMs, minUploadBytesPerSecond, uploadTimeoutMs } = this.#limits
    switch (this.#pace?.verdict(nowMs, this.#bodyBytes)) {
      case "silent":
        return refusal("BN2019", { timeoutMs: bodyIdleTimeoutMs })
      case "too-slow":
        return refusal("BN2020", { least: minUploadBytesPerSecond })
      case "too-long":
        return refusal("BN2021", { timeoutMs: uploadTimeoutMs })
      default:
        return undefined
    }
  }

  /** It will not be sent again. */
  forget(): void {
    this.#keptHead = ""
    this.#keptBody = undefined
    this.#whole = false
  }

  get #keptBytes(): number {
    return this.#keptHead.length + (this.#keptBody?.length ?? 0)
  }

  #keep(bytes: Buffer): void {
    this.#keptBody ??= new CollectedBytes()
    this.#keptBody.add(bytes)
  }

  #forgetIfLarge(): void {
    if (this.#sent && this.#keptBytes > maxKeptBytes) this.forget()
  }
}
