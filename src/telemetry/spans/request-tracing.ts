import type { Clock } from "../../kit/clock.ts"
import type { Random } from "../../kit/random.ts"
import { HexDigits } from "../hex-digits.ts"
import { joinOpenTelemetry } from "./join-opentelemetry.ts"
import { RequestRecord, type RequestWords } from "./request-record.ts"

/** Begins the record of each request of a process. To be made when the app is loaded, which may have an SDK of its own. */
export class RequestTracing {
  readonly #clock: Clock
  readonly #hexDigits: HexDigits
  readonly #foreign = joinOpenTelemetry()

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#hexDigits = new HexDigits(random)
  }

  begin(words: RequestWords): RequestRecord {
    return new RequestRecord(words, this.#clock, this.#hexDigits, this.#foreign)
  }
}
