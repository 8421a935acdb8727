import type { JournalRecord, PlanStart } from "../../src/control/journal/journal-record.ts"
import type { Topology } from "../../src/topology/topology.ts"

/** What was promised and how it ended, as the journal said it at the time. */
export class Ledger {
  /** The last change anybody asked for. */
  #change: PlanStart | undefined
  #changeEnded: "done" | "undone" | "failed" | undefined
  #down: string | undefined
  #isDown = false
  #lost = false
  #way: PlanStart | undefined
  #wanted: Topology | undefined

  /** What the plan that began last leads to; undefined when nobody can know. */
  get wanted(): Topology | undefined {
    return this.#wanted
  }

  /** A `down` has begun, and nobody has started Banyan again since. */
  get goingDown(): boolean {
    return this.#down !== undefined || this.#isDown
  }

  get isDown(): boolean {
    return this.#isDown
  }

  follow(record: JournalRecord): void {
    if (record.type === "plan-start") {
      // Its end may have been left to a control plane that died.
      this.#changeEnded ??= "failed"
      this.#isDown = false
      this.#down = record.kind === "down" ? record.plan.id : undefined
      this.#wanted = record.desired
      this.#way = record
      if (record.kind !== "change") return
      this.#change = record
      this.#changeEnded = undefined
      this.#lost = false
    }
    if (record.type === "plan-undoing" && record.plan === this.#way?.plan.id)
      this.#wanted = this.#way.previous
    if (record.type !== "plan-end") return
    if (record.plan === this.#change?.plan.id) this.#changeEnded = record.state
    if (record.plan !== this.#down) return
    this.#down = undefined
    this.#isDown = record.state === "done"
  }

  lost(): void {
    this.#lost = true
    this.#wanted = undefined
  }

  /** The shapes that may run once everything is settled: exactly one, where the journal knows. */
  shapes(base: Topology): readonly Topology[] {
    if (this.#change === undefined) return [base]
    const { desired, previous } = this.#change
    if (this.#lost || this.#changeEnded === "failed") return [desired, previous]
    if (this.#changeEnded === "done") return [desired]
    return this.#changeEnded === "undone" ? [previous] : []
  }
}
