import { type Fault, healingOf, type SkippedFault } from "./fault.ts"

/** Hears of each fault before it strikes and after it is healed: the history and the timeline. */
export type FaultWitness = (name: string, subject: string, detail?: string) => Promise<void>

/** Strikes faults, writes each down before it strikes, and knows what is still broken. */
export class FaultInjector {
  readonly skipped: SkippedFault[] = []
  readonly #witness: FaultWitness
  /** What was struck and not healed, each with its strike, which may be under way. */
  readonly #open = new Map<Fault, Promise<void>>()

  constructor(witness: FaultWitness) {
    this.#witness = witness
  }

  /** Writes it down, then strikes. */
  async inject(fault: Fault): Promise<void> {
    await this.#witness(fault.name, fault.subject, fault.detail)
    const struck = fault.strike()
    this.#open.set(fault, struck)
    await struck
  }

  /** Heals, then writes it down: a window that closes too late excuses a little too much, never a wrong moment. */
  async heal(fault: Fault): Promise<void> {
    if (!this.#open.delete(fault)) return
    await fault.heal()
    await this.#witness(healingOf(fault), fault.subject, fault.detail)
  }

  /**
   * Everything thawed, joined and freed again, the last struck first: the end of a drill, however it ends. Throws the
   * first thing that would not heal, after trying all.
   */
  async healAll(): Promise<void> {
    const failures: unknown[] = []
    for (const [fault, struck] of [...this.#open].reverse()) {
      // A strike half done is healed when it is done; why it failed was told to whoever asked for it.
      await struck.catch(() => {})
      await fault.heal().catch(error => failures.push(error))
    }
    this.#open.clear()
    if (failures.length > 0) throw failures[0]
  }

  skip(skipped: SkippedFault): void {
    this.skipped.push(skipped)
  }
}
