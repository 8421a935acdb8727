import { ChunkReader } from "./chunk-reader.ts"
import { readFields } from "./fields.ts"
import { HeadReader } from "./head-reader.ts"
import type { BodyFraming, Limits, MessageParser, MessageSink } from "./http1.ts"
import { reject } from "./http1-errors.ts"
import { checkTrailers } from "./trailers.ts"

export type MessageReaderOptions<Head> = {
  readonly sink: MessageSink<Head>
  readonly limits: Limits
  /** Reads a whole head. */
  readonly parseHead: (text: string) => Head
  /** Whether the bytes behind this head are no longer HTTP. */
  readonly isSwitch: (head: Head) => boolean
  /** Whether one empty line before the start line is let through (RFC 9112 section 2.2). */
  readonly leadingLine: boolean
  readonly onEnd?: (head: Head) => void
}

/**
 * What is the next byte? `start`: the first of a message. `leading-lf`, `after-leading`: of and behind a tolerated
 * empty line. `switched`: not HTTP any more. `dead`: the message was malformed.
 */
type Mode =
  | "start"
  | "leading-lf"
  | "after-leading"
  | "head"
  | "length"
  | "until-close"
  | "chunk-line"
  | "chunk-data"
  | "trailers"
  | "switched"
  | "dead"

const CR = 0x0d
const LF = 0x0a

/** The part that requests and responses share: head, body by its framing, trailers, end. */
export class MessageReader<Head extends { readonly body: BodyFraming }> implements MessageParser {
  readonly #options: MessageReaderOptions<Head>
  readonly #sink: MessageSink<Head>
  readonly #headReader: HeadReader
  readonly #chunks = new ChunkReader()
  #mode: Mode = "start"
  /** Of the message being read, from its head to its end. */
  #head: Head | undefined
  /** In `length` and `chunk-data`: bytes of data still to come. */
  #remaining = 0
  /** In a chunked or until-close body: bytes it may still have. */
  #allowance = 0
  #messagesEnded = 0
  /** In `dead`: what was wrong. */
  #error: unknown

  constructor(options: MessageReaderOptions<Head>) {
    this.#options = options
    this.#sink = options.sink
    this.#headReader = new HeadReader(options.limits)
  }

  get idle(): boolean {
    return this.#mode === "start" || this.#mode === "leading-lf" || this.#mode === "after-leading"
  }

  push(bytes: Uint8Array): number {
    if (this.#mode === "dead") throw this.#error
    try {
      return this.#read(bytes)
    } catch (error) {
      throw this.kill(error)
    }
  }

  eof(): void {
    if (this.#mode === "dead") throw this.#error
    if (this.#mode === "until-close") this.#end()
    else if (!this.idle && this.#mode !== "switched") throw this.kill(reject("cut-short"))
  }

  /** No byte is read any more; every later call throws the error. */
  protected kill(error: unknown): unknown {
    this.#mode = "dead"
    this.#error = error
    return error
  }

  /** Reads until a message has ended, HTTP has, or the bytes have. */
  #read(bytes: Uint8Array): number {
    const before = this.#messagesEnded
    let at = 0
    while (at < bytes.length && this.#mode !== "switched" && this.#messagesEnded === before) {
      at = this.#step(bytes, at)
    }
    return at
  }

  #step(bytes: Uint8Array, at: number): number {
    switch (this.#mode) {
      case "start":
      case "leading-lf":
      case "after-leading":
        return this.#start(bytes, at)
      case "head":
        return this.#readHead(bytes, at)
      case "length":
      case "chunk-data":
        return this.#readData(bytes, at)
      case "until-close":
        return this.#readUntilClose(bytes, at)
      case "chunk-line":
        return this.#readChunkLine(bytes, at)
      case "trailers":
        return this.#readTrailers(bytes, at)
      default:
        return at
    }
  }

  #start(bytes: Uint8Array, at: number): number {
    const byte = bytes[at]!
    if (this.#mode === "leading-lf") {
      if (byte !== LF) throw reject("bare-cr")
      this.#mode = "after-leading"
      return at + 1
    }
    if (byte === CR && this.#mode === "start" && this.#options.leadingLine) {
      this.#mode = "leading-lf"
      return at + 1
    }
    this.#headReader.begin("head")
    this.#mode = "head"
    return at
  }

  #readHead(bytes: Uint8Array, at: number): number {
    const end = this.#headReader.scan(bytes, at)
    if (end === -1) return bytes.length
    const head = this.#options.parseHead(this.#headReader.text(bytes, at, end))
    this.#head = head
    const { body } = head
    const { maxBodyBytes } = this.#options.limits
    if (this.#options.isSwitch(head)) this.#mode = "switched"
    else if (body.kind === "length") {
      this.#mode = "length"
      this.#remaining = body.length
    } else if (body.kind === "chunked") {
      this.#mode = "chunk-line"
      this.#allowance = maxBodyBytes
      this.#chunks.begin()
    } else if (body.kind === "until-close") {
      this.#mode = "until-close"
      this.#allowance = maxBodyBytes
    }
    this.#sink.head(head)
    if (body.kind === "none" && this.#mode === "head") this.#end()
    return end
  }

  #readData(bytes: Uint8Array, at: number): number {
    const end = Math.min(bytes.length, at + this.#remaining)
    this.#remaining -= end - at
    this.#sink.body(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end))
    if (this.#remaining > 0) return end
    if (this.#mode === "length") this.#end()
    else {
      this.#mode = "chunk-line"
      this.#chunks.endData()
    }
    return end
  }

  #readUntilClose(bytes: Uint8Array, at: number): number {
    const end = Math.min(bytes.length, at + this.#allowance)
    this.#allowance -= end - at
    if (end > at) this.#sink.body(bytes.subarray(at, end))
    if (end < bytes.length) throw this.#tooLarge()
    return end
  }

  #readChunkLine(bytes: Uint8Array, at: number): number {
    const end = this.#chunks.read(bytes, at)
    if (end === -1) return bytes.length
    const { size } = this.#chunks
    if (size > this.#allowance) throw this.#tooLarge()
    this.#allowance -= size
    this.#remaining = size
    this.#mode = size === 0 ? "trailers" : "chunk-data"
    if (size === 0) this.#headReader.begin("trailers")
    return end
  }

  #readTrailers(bytes: Uint8Array, at: number): number {
    const end = this.#headReader.scan(bytes, at)
    if (end === -1) return bytes.length
    const fields = readFields(this.#headReader.text(bytes, at, end), 0)
    if (fields.length > 0) {
      checkTrailers(fields)
      this.#sink.trailers(fields)
    }
    this.#end()
    return end
  }

  #end(): void {
    const head = this.#head as Head
    this.#head = undefined
    this.#mode = "start"
    this.#messagesEnded++
    this.#options.onEnd?.(head)
    this.#sink.end()
  }

  #tooLarge(): Error {
    return reject("body-too-large", { limit: this.#options.limits.maxBodyBytes })
  }
}
