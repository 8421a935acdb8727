import { type Fault, healingOf, type SkippedFault } from "./fault.ts"

/** Hears of each fault before it strikes and after it is healed: the history and the timeline. */
export type FaultWitness = (name: string, subject: string, detail?: string) => Promise<void>

/** Strikes faults, writes each down before it strikes, and knows what is still broken. */
export class FaultInjector {
  readonly skipped: SkippedFault[] = []
  readonly #witness: FaultWitness
  readonly #open = new Set<Fault>()

  constructor(witness: FaultWitness) {
    this.#witness = witness
  }

  /** Writes it down, then strikes. */
  async inject(fault: Fault): Promise<void> {
    await this.#witness(fault.name, fault.subject, fault.detail)
    this.#open.add(fault)
    await fault.strike()
  }

  /** Heals, then writes it down: a window that closes too late excuses a little too much, never a wrong moment. */
  async heal(fault: Fault): Promise<void> {
    if (!this.#open.delete(fault)) return
    await fault.heal()
    await this.#witness(healingOf(fault), fault.subject, fault.detail)
  }

  /** Everything thawed, joined and freed again: the end of a drill, however it ends. Throws the first thing that would not heal, after trying all. */
  async healAll(): Promise<void> {
    const results = await Promise.allSettled([...this.#open].map(fault => fault.heal()))
    this.#open.clear()
    const failed = results.find(result => result.status === "rejected")
    if (failed !== undefined) throw failed.reason
  }

  skip(skipped: SkippedFault): void {
    this.skipped.push(skipped)
  }
}
