import { controlError } from "../../src/control/control-errors.ts"
import type { Journal, JournalContent } from "../../src/control/journal/journal.ts"
import type { JournalRecord } from "../../src/control/journal/journal-record.ts"
import { MemoryJournal } from "../../src/control/journal/memory-journal.ts"
import type { SimWorld } from "./sim-world.ts"
import type { Supervisor } from "./supervisor.ts"

/** The journal's file as one supervisor writes it: a while passes, the disk may be full, death may come before or after. */
export class RemoteJournal implements Journal {
  readonly #world: SimWorld
  readonly #supervisor: Supervisor
  readonly #inner: MemoryJournal

  constructor(world: SimWorld, supervisor: Supervisor) {
    this.#world = world
    this.#supervisor = supervisor
    this.#inner = new MemoryJournal(world.store)
  }

  read(): Promise<JournalContent> {
    return this.#supervisor.toDisk(() => this.#inner.read())
  }

  append(expectedSeq: number, record: JournalRecord): Promise<boolean> {
    return this.#write([record], () => this.#inner.append(expectedSeq, record), false)
  }

  compact(expectedSeq: number, records: readonly JournalRecord[]): Promise<boolean> {
    return this.#write(records, () => this.#inner.compact(expectedSeq, records), true)
  }

  async close(): Promise<void> {}

  #write(
    records: readonly JournalRecord[],
    act: () => Promise<boolean>,
    compacts: boolean,
  ): Promise<boolean> {
    const { random, profile, safety } = this.#world
    const { number } = this.#supervisor
    // A write that fails has left half a line, which the next one drops.
    const fails = random() < profile.journalFails
    return this.#supervisor.toDisk(async () => {
      if (fails) throw controlError("BN1320", { path: "simulated", reason: "no space left" })
      const written = await act()
      if (written && compacts) safety.compacted(number, records)
      else if (written) for (const record of records) safety.journaled(number, record)
      return written
    })
  }
}
