import {
  endToEndFields,
  type Fields,
  fieldValue,
  type RequestHead,
  type ResponseHead,
  reasonOf,
  responseHeadText,
} from "../../../http1/index.ts"
import { EventStreamTail, isEventStream } from "../../streams/event-stream.ts"
import { type AnswerFraming, answerFraming, answerLines } from "./answer-fields.ts"
import { BodyFramer } from "./body-framer.ts"

/** The bytes of one answer on their way to the client: made anew from what was parsed, framed as this client reads. */
export class AnswerRelay {
  readonly #framer: BodyFramer
  readonly status: number
  /** The backend keeps its connection after this answer. */
  readonly backendKeepsAlive: boolean
  /** The client's connection ends after this answer, and was told so. */
  readonly close: boolean
  bodyBytes = 0
  ended = false
  #trailers: Fields = []
  /** Of an event stream without an announced end. */
  readonly #tail: EventStreamTail | undefined

  constructor(answer: ResponseHead, request: RequestHead, wishToClose: boolean, requestId: string) {
    const framing = answerFraming(answer, request)
    this.status = answer.status
    this.backendKeepsAlive = answer.keepAlive
    this.close = wishToClose || framing === "until-close"
    this.#framer = new BodyFramer(framing)
    this.#tail = isEndless(answer, framing) ? new EventStreamTail() : undefined
    this.#framer.head(answerHead(answer, answerLines(answer, request, framing, this.close, requestId)))
  }

  body(piece: Uint8Array): void {
    this.bodyBytes += piece.length
    this.#tail?.push(piece)
    this.#framer.piece(piece)
  }

  trailers(fields: Fields): void {
    this.#trailers = endToEndFields(fields)
  }

  end(): void {
    this.#framer.end(this.#trailers)
    this.ended = true
  }

  /** Ends an event stream where it stands; false when this is none. */
  endStream(): boolean {
    if (this.#tail === undefined) return false
    this.body(Buffer.from(this.#tail.ending(), "latin1"))
    this.end()
    return true
  }

  /** What came since the last time, borrowed; or undefined. */
  flush(): Buffer | undefined {
    return this.#framer.take()
  }
}

function isEndless({ fields }: ResponseHead, framing: AnswerFraming): boolean {
  const hasNoLength = framing === "chunked" || framing === "until-close"
  return hasNoLength && isEventStream(name => fieldValue(fields, name))
}

/** An interim answer (1xx, 101 included) as the client gets it. */
export function interimAnswer(answer: ResponseHead, request: RequestHead, requestId: string): Buffer {
  return Buffer.from(answerHead(answer, answerLines(answer, request, "none", false, requestId)), "latin1")
}

/** All of it is from the parser, or ours. */
function answerHead({ status, reason }: ResponseHead, lines: string): string {
  return responseHeadText(status, reason === "" ? reasonOf(status) : reason, lines)
}
