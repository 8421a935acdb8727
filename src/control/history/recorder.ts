import type { Clock } from "../../kit/clock.ts"
import type { HistoryView } from "../../wire/admin.ts"
import type { EventLog } from "../event-log.ts"
import { SampleRing } from "./sample-ring.ts"
import { type Look, takeSample } from "./take-sample.ts"

const everyMs = 1_000

/** Looks once a second, tells what happened since and keeps it for the charts. */
export class Recorder {
  readonly #ring = new SampleRing()
  readonly #clock: Clock
  readonly #events: EventLog
  readonly #look: () => Look
  readonly #sinceMs: number
  #last: Look
  #cancel: () => void

  constructor(clock: Clock, events: EventLog, look: () => Look) {
    this.#clock = clock
    this.#events = events
    this.#look = look
    this.#sinceMs = clock.nowMs()
    this.#last = look()
    this.#cancel = this.#arm()
  }

  view(): HistoryView {
    return { schema: 1, sinceMs: this.#sinceMs, samples: this.#ring.read() }
  }

  close(): void {
    this.#cancel()
  }

  #arm(): () => void {
    return this.#clock.after(everyMs, () => {
      this.#cancel = this.#arm()
      const now = this.#look()
      // Wall time may have been set back meanwhile.
      if (now.atMs > this.#last.atMs) this.#tell(now)
      this.#last = now
    })
  }

  #tell(now: Look): void {
    const { sample, instances } = takeSample(this.#last, now)
    this.#ring.add(sample)
    this.#events.append({ type: "sample", at: now.atMs, sample, instances, totals: now.totals })
  }
}
