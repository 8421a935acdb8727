import type { Fault, SkippedFault } from "./fault.ts"

/** Hears of each fault before it strikes, when it has struck, and after it is healed: the history and the timeline. */
export type FaultWitness = (moment: "strikes" | "struck" | "healed", fault: Fault) => Promise<void>

/** In milliseconds since the epoch: it struck somewhere in between. */
export type Strike = { readonly fromMs: number; readonly untilMs: number }

/** Strikes faults, writes each down before it strikes, and knows what is still broken. */
export class FaultInjector {
  readonly skipped: SkippedFault[] = []
  readonly #witness: FaultWitness
  /** What was struck and not healed, each with its strike, which may be under way. */
  readonly #open = new Map<Fault, Promise<void>>()

  constructor(witness: FaultWitness) {
    this.#witness = witness
  }

  /** Writes it down, strikes, and writes that down too: writing takes a while, and excuses are for the strike alone. */
  async inject(fault: Fault): Promise<Strike> {
    await this.#witness("strikes", fault)
    const fromMs = Date.now()
    const struck = fault.strike()
    this.#open.set(fault, struck)
    await struck
    const untilMs = Date.now()
    await this.#witness("struck", fault)
    return { fromMs, untilMs }
  }

  /** Heals, then writes it down: a window that closes too late excuses a little too much, never a wrong moment. */
  async heal(fault: Fault): Promise<void> {
    if (!this.#open.delete(fault)) return
    await fault.heal()
    await this.#witness("healed", fault)
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
