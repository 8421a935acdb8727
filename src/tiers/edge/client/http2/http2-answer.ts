import {
  endToEndFields,
  type Fields,
  fieldValue,
  httpDate,
  type ResponseHead,
} from "../../../../http1/index.ts"
import type { OutStream } from "../../../../http2/index.ts"
import { gathered, type Piece } from "../../../../kit/node/shared-write.ts"
import { EndableAnswer } from "../endable-answer.ts"
import type { ClientAnswer, OwnFields } from "../exchange-client.ts"

/** An answer as the frames of one stream, whose end is the answer's: no length or chunk is needed to tell it. */
export class Http2Answer extends EndableAnswer implements ClientAnswer {
  readonly #stream: OutStream
  readonly backendKeepsAlive: boolean
  readonly close = false
  #head: Fields | undefined
  #pieces: Piece[] = []
  #trailers: Fields = []

  constructor(stream: OutStream, answer: ResponseHead, own: OwnFields) {
    super(answer)
    this.#stream = stream
    this.backendKeepsAlive = answer.keepAlive
    this.#head = answerFields(answer, own)
  }

  trailers(fields: Fields): void {
    this.#trailers = lowerCase(endToEndFields(fields))
  }

  flush(): boolean {
    const isEmpty = this.ended && this.#pieces.length === 0 && this.#trailers.length === 0
    if (this.#head !== undefined) this.#stream.head(this.#head, isEmpty)
    this.#head = undefined
    const room = this.#pieces.length === 0 || this.#stream.write(gathered(this.#pieces))
    this.#pieces = []
    if (this.ended) this.#stream.end(this.#trailers)
    return room
  }

  protected override frame(piece: Uint8Array): void {
    this.#pieces.push(piece)
  }
}

/** The fields of an answer as HTTP/2 has them, `:status` first (RFC 9113 sections 8.2 and 8.3.2). */
export function answerFields({ status, fields }: ResponseHead, own: OwnFields): string[] {
  const isBare = status < 200 || status === 204
  const passed = lowerCase(endToEndFields(fields))
  const sent = [":status", String(status)]
  for (let at = 0; at < passed.length; at += 2) {
    const name = passed[at]!
    // RFC 9110 section 8.6: some statuses have no length at all.
    if (name === "x-request-id" || (isBare && name === "content-length")) continue
    sent.push(name, passed[at + 1]!)
  }
  if (status < 200) return sent
  if (fieldValue(fields, "date") === undefined) sent.push("date", httpDate(own.nowMs()))
  sent.push("x-request-id", own.requestId)
  return sent
}

function lowerCase(fields: Fields): string[] {
  return fields.map((text, at) => (at % 2 === 0 ? text.toLowerCase() : text))
}
