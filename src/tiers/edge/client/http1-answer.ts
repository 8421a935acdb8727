import {
  endToEndFields,
  type Fields,
  type RequestHead,
  type ResponseHead,
  reasonOf,
  responseHeadText,
} from "../../../http1/index.ts"
import type { Refusal } from "../edge-errors.ts"
import { answerFraming, answerLines } from "../exchange/answer-fields.ts"
import { BodyFramer } from "../exchange/body-framer.ts"
import { EndableAnswer } from "./endable-answer.ts"
import type { ClientAnswer, OwnFields } from "./exchange-client.ts"
import { type RefusalOptions, refusalAnswer } from "./refusal-answer.ts"

const none: Fields = []

/** An answer as the bytes of HTTP/1. */
export class Http1Answer extends EndableAnswer implements ClientAnswer {
  readonly #framer: BodyFramer
  readonly #write: (bytes: Uint8Array) => boolean
  readonly backendKeepsAlive: boolean
  readonly close: boolean
  #trailers: Fields = none

  /** `write` gets borrowed bytes. */
  constructor(
    answer: ResponseHead,
    request: RequestHead,
    own: OwnFields,
    wishToClose: boolean,
    write: (bytes: Uint8Array) => boolean,
  ) {
    super(answer)
    const framing = answerFraming(answer, request)
    this.#write = write
    this.backendKeepsAlive = answer.keepAlive
    this.close = wishToClose || framing === "until-close"
    this.#framer = new BodyFramer(framing)
    this.#framer.head(answerHead(answer, answerLines(answer, request, framing, this.close, own)))
  }

  trailers(fields: Fields): void {
    this.#trailers = endToEndFields(fields)
  }

  override end(): void {
    super.end()
    this.#framer.end(this.#trailers)
  }

  flush(): boolean {
    const bytes = this.#framer.take()
    return bytes === undefined || this.#write(bytes)
  }

  protected override frame(piece: Uint8Array): void {
    this.#framer.piece(piece)
  }
}

/** How an HTTP/1 client is answered; what `ExchangeClient` says of these holds. */
export abstract class Http1Answers {
  /** Takes borrowed bytes. */
  abstract readonly write: (bytes: Uint8Array) => boolean

  answer(head: ResponseHead, request: RequestHead, own: OwnFields, wishToClose: boolean): Http1Answer {
    return new Http1Answer(head, request, own, wishToClose, this.write)
  }

  interim(head: ResponseHead, request: RequestHead, own: OwnFields): void {
    this.write(interimAnswer(head, request, own))
  }

  answerRefusal(told: Refusal, options: RefusalOptions): void {
    this.write(refusalAnswer(told, options))
  }
}

function interimAnswer(answer: ResponseHead, request: RequestHead, own: OwnFields): Buffer {
  return Buffer.from(answerHead(answer, answerLines(answer, request, "none", false, own)), "latin1")
}

/** All of it is from the parser, or ours. */
function answerHead({ status, reason }: ResponseHead, lines: string): string {
  return responseHeadText(status, reason === "" ? reasonOf(status) : reason, lines)
}
