import type { EventView, TimelineEntry, TimelineView } from "../../wire/admin.ts"
import type { EventLog } from "../event-log.ts"
import { stopSentence } from "../state-view.ts"

const mostEntries = 300
/** Who began a failover may have died of the same cause: it is this one's to tell then. Older ones are another story. */
const inheritedMs = 60_000

/** What happened to the service since this control plane looks: plans, deaths, promotions. Kept in memory. */
export class Story {
  readonly #sinceMs: number
  readonly #unsubscribe: () => void
  #entries: TimelineEntry[] = []
  #promotedAtMs: number

  constructor(events: EventLog, nowMs: number) {
    this.#sinceMs = nowMs
    this.#promotedAtMs = nowMs - inheritedMs
    this.#entries.push({ at: nowMs, kind: "supervisor", words: "this control plane began" })
    this.#unsubscribe = events.subscribe(({ event }) => this.#hear(event))
  }

  /** Newest first. */
  view(): TimelineView {
    return {
      schema: 1,
      sinceMs: this.#sinceMs,
      entries: this.#entries.toReversed().sort((one, other) => other.at - one.at),
    }
  }

  close(): void {
    this.#unsubscribe()
  }

  #hear(event: EventView): void {
    const entry = this.#entryOf(event)
    if (entry === undefined) return
    // A plan moves many times; it is told once, as it stands.
    const { plan } = entry
    const before = plan && this.#entries.findLastIndex(each => each.plan?.id === plan.id)
    if (before !== undefined && before !== -1)
      this.#entries[before] = { ...entry, at: this.#entries[before]!.at }
    else this.#entries.push(entry)
    if (this.#entries.length > mostEntries * 1.1) this.#entries = this.#entries.slice(-mostEntries)
  }

  #entryOf(event: EventView): TimelineEntry | undefined {
    if (event.type === "plan") {
      const { plan } = event
      return { at: plan.startedAtMs ?? event.at, kind: "plan", words: plan.trigger, plan }
    }
    if (event.type === "fault") return { at: event.at, kind: "fault", words: event.words }
    // Who was stopped is in its plan.
    if (event.type === "gone" && event.reason !== stopSentence(event.id))
      return { at: event.at, kind: "crash", words: event.reason }
    if (event.type !== "databases") return undefined
    const { promotion } = event.databases
    if (promotion === undefined || promotion.atMs <= this.#promotedAtMs) return undefined
    this.#promotedAtMs = promotion.atMs
    const words = `${promotion.id} is the primary in place of ${promotion.former}`
    const kind = promotion.why === "fail-over" ? "failover" : "switchover"
    return { at: promotion.atMs, kind, words }
  }
}
