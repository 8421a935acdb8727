import type { Clock } from "../../kit/clock.ts"
import { type BanyanError, isBanyanError, messageOf } from "../../kit/errors.ts"
import { controlError } from "../control-errors.ts"
import type { Journal } from "./journal.ts"
import type { JournalRecord } from "./journal-record.ts"
import { condense, foldJournal } from "./journal-state.ts"

const retryEveryMs = 1000
/** So many records after the last compaction, the next end of a plan compacts again. */
const compactAfter = 1000

/**
 * Appends one record after the other. A journal that cannot be written just now (disk full) is tried again until it
 * can: control waits, the service does not notice. Rejects with BN1321 when another control plane has written.
 */
export class JournalWriter {
  readonly #journal: Journal
  readonly #clock: Clock
  readonly #log: { error(details: object, message: string): void }
  #nextSeq: number
  #sinceCompaction = 0
  #queue: Promise<void> = Promise.resolve()
  #stopped = false
  #trouble: BanyanError | undefined

  constructor(
    journal: Journal,
    nextSeq: number,
    clock: Clock,
    log: { error(details: object, message: string): void },
  ) {
    this.#journal = journal
    this.#nextSeq = nextSeq
    this.#clock = clock
    this.#log = log
  }

  /** BN1320 while a record waits for a journal that cannot be written. */
  get trouble(): BanyanError | undefined {
    return this.#trouble
  }

  append(record: JournalRecord): Promise<void> {
    return this.#inTurn(() => this.#append(record))
  }

  /** For what may be refused, because nothing has begun yet. Rejects with BN1320 when it cannot be written at once. */
  appendOnce(record: JournalRecord): Promise<void> {
    if (this.#trouble !== undefined) return Promise.reject(this.#trouble)
    return this.#inTurn(() => this.#write(record))
  }

  /** What waits for a full disk gives up; nothing more is written. */
  stop(): void {
    this.#stopped = true
  }

  /** Keeps the journal of a service that runs for months small. */
  async #compact(): Promise<void> {
    this.#sinceCompaction = 0
    const { entries } = await this.#journal.read()
    const records = condense(foldJournal(entries), this.#clock.nowMs())
    try {
      if (!(await this.#journal.compact(this.#nextSeq, records)))
        throw controlError("BN1321", { expectedSeq: this.#nextSeq })
      this.#nextSeq += records.length
    } catch (error) {
      if (!isBanyanError(error) || error.code !== "BN1320") throw error
      this.#log.error({ err: error }, `${messageOf(error)}; the journal stays as long as it is`)
    }
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const acted = this.#queue.then(act)
    this.#queue = acted.catch(() => {})
    return acted
  }

  async #append(record: JournalRecord): Promise<void> {
    for (;;) {
      try {
        await this.#write(record)
        this.#trouble = undefined
        break
      } catch (error) {
        if (!isBanyanError(error) || error.code !== "BN1320") throw error
        this.#trouble = error
        this.#log.error({ err: error }, `${messageOf(error)}; trying again`)
        await new Promise<void>(resolve => this.#clock.after(retryEveryMs, resolve))
      }
    }
    if (record.type === "plan-end" && this.#sinceCompaction >= compactAfter) await this.#compact()
  }

  async #write(record: JournalRecord): Promise<void> {
    if (this.#stopped) throw controlError("BN1322", { term: "this one" })
    if (!(await this.#journal.append(this.#nextSeq, record)))
      throw controlError("BN1321", { expectedSeq: this.#nextSeq })
    this.#nextSeq++
    this.#sinceCompaction++
  }
}
