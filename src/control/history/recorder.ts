import type { Clock } from "../../kit/clock.ts"
import { beatMs } from "../../kit/silence.ts"
import type { HistoryView } from "../../wire/admin.ts"
import type { EventLog } from "../event-log.ts"
import { reportedWithinMs } from "../observe/counter-curve.ts"
import type { CounterLedger } from "../observe/counter-ledger.ts"
import { viewRequests, viewTotals } from "../state-view.ts"
import { SampleRing } from "./sample-ring.ts"
import { type Look, type Seen, takeSample } from "./take-sample.ts"

/** Counted in looks, not in time: after a stall of this process what was reported meanwhile is not read yet. */
const looksToWait = reportedWithinMs / beatMs

/**
 * Looks once a second, tells what happened since and keeps it for the charts. A look is told two seconds later, when
 * everybody has reported what they had counted by then: a report that comes a moment late moves no request into the next
 * second.
 */
export class Recorder {
  readonly #ring = new SampleRing()
  readonly #clock: Clock
  readonly #events: EventLog
  readonly #ledger: CounterLedger
  readonly #look: () => Look
  readonly #sinceMs: number
  readonly #waiting: Look[] = []
  /** The charts begin at the first look: in the second before it not everybody had been heard. */
  #told: Seen | undefined
  #cancel: () => void

  constructor(clock: Clock, events: EventLog, ledger: CounterLedger, look: () => Look) {
    this.#clock = clock
    this.#events = events
    this.#ledger = ledger
    this.#look = look
    this.#sinceMs = clock.nowMs()
    this.#cancel = this.#arm()
  }

  view(): HistoryView {
    return { schema: 1, sinceMs: this.#sinceMs, samples: this.#ring.read() }
  }

  close(): void {
    this.#cancel()
  }

  #arm(): () => void {
    return this.#clock.after(beatMs, () => {
      this.#cancel = this.#arm()
      this.#waiting.push(this.#look())
      if (this.#waiting.length > looksToWait) this.#tell(this.#complete(this.#waiting.shift()!))
    })
  }

  #complete(look: Look): Seen {
    const counted = this.#ledger.countedUntil(look.momentMs)
    return { ...look, totals: viewTotals(counted), requestsOf: viewRequests(counted) }
  }

  #tell(now: Seen): void {
    const before = this.#told
    // When wall time was set back, the charts wait a second, and the next sample tells of both.
    const isSetBack = before !== undefined && now.atMs <= before.atMs
    this.#told = isSetBack ? { ...before, atMs: now.atMs } : now
    if (before === undefined || isSetBack) return
    const { sample, instances } = takeSample(before, now)
    this.#ring.add(sample)
    const totals = viewTotals(this.#ledger.totals())
    this.#events.append({ type: "sample", at: this.#clock.nowMs(), sample, instances, totals })
  }
}
