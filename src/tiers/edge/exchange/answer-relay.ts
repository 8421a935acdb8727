import type { Fields, RequestHead, ResponseHead } from "../../../http1/index.ts"
import type { ClientAnswer, ExchangeClient } from "../client/exchange-client.ts"
import type { ExchangeRecord } from "./exchange-record.ts"
import { withHsts } from "./strict-transport.ts"

/** The final answer to one request on its way to the client, and what is told before it. */
export class AnswerRelay {
  readonly #client: ExchangeClient
  readonly #head: RequestHead
  readonly #record: ExchangeRecord
  #answer: ClientAnswer | undefined
  /** The client takes it slower than it comes. */
  #full = false

  constructor(client: ExchangeClient, head: RequestHead, record: ExchangeRecord) {
    this.#client = client
    this.#head = head
    this.#record = record
  }

  get bodyBytes(): number {
    return this.#answer?.bodyBytes ?? 0
  }

  get full(): boolean {
    return this.#full
  }

  /** Passes an interim answer on; HTTP/1.0 knows none (RFC 9110 section 15.2). */
  interim(answer: ResponseHead): void {
    if (this.#head.minor === 1) this.#client.interim(answer, this.#head, this.#record)
  }

  /** Passes a 101 on. */
  switching(answer: ResponseHead): void {
    this.#client.interim(this.#record.seated(answer), this.#head, this.#record)
  }

  /** `wishToClose`: see `ClientAnswer.close`. */
  begin(answer: ResponseHead, wishToClose: boolean): void {
    const said = withHsts(this.#record.seated(answer), this.#record.hsts)
    this.#answer = this.#client.answer(said, this.#head, this.#record, wishToClose)
  }

  body(bytes: Uint8Array): void {
    this.#answer?.body(bytes)
  }

  trailers(fields: Fields): void {
    this.#answer?.trailers(fields)
  }

  end(): void {
    this.#answer?.end()
  }

  /** Ends an event stream where it stands; false when it is none. */
  endStream(): boolean {
    return this.#answer?.endStream() === true
  }

  /** Writes what came since the last time. Returns the answer when it is whole. */
  flush(): ClientAnswer | undefined {
    const answer = this.#answer
    if (answer === undefined) return undefined
    const room = answer.flush()
    if (answer.ended) return answer
    if (!room) this.#full = true
    return undefined
  }

  clientWritable(): void {
    this.#full = false
  }
}
