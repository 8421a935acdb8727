import type { ResponseHead } from "../../../http1/index.ts"
import type { EventStreamTail } from "../../streams/event-stream.ts"
import { eventTail } from "../exchange/event-tail.ts"

/** What an answer does whichever way it is framed: counts its body, and ends an event stream where it stands. */
export abstract class EndableAnswer {
  bodyBytes = 0
  ended = false
  readonly #tail: EventStreamTail | undefined

  constructor(answer: ResponseHead) {
    this.#tail = eventTail(answer)
  }

  body(piece: Uint8Array): void {
    this.bodyBytes += piece.length
    this.#tail?.push(piece)
    this.frame(piece)
  }

  end(): void {
    this.ended = true
  }

  endStream(): boolean {
    if (this.#tail === undefined) return false
    this.body(Buffer.from(this.#tail.ending(), "latin1"))
    this.end()
    return true
  }

  /** `piece` is borrowed until the next `flush`. */
  protected abstract frame(piece: Uint8Array): void
}
