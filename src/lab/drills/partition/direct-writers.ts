import { setTimeout as sleep } from "node:timers/promises"
import { askDirectly, DirectSession } from "../../../boot/keeper/direct-session.ts"
import { lookUntil } from "../../../boot/service/look-until.ts"

export type DirectWrite = {
  readonly row: string
  /** Begun when another one was the primary already. */
  readonly isLate: boolean
  outcome: "waiting" | "acknowledged" | "failed"
}

export const directTable = "direct_rows"
const pauseMs = 10
const withinMs = 30_000

/**
 * Clients of one server who know of no other: each writes a row, waits for the answer, and writes the next, as long as
 * the server answers. What was acknowledged to whom is written down here, and in no database.
 */
export class DirectWriters {
  readonly writes: DirectWrite[] = []
  readonly #id: string
  readonly #prefix: string
  readonly #isLate: () => boolean
  readonly #signal: AbortSignal
  readonly #sessions: DirectSession[] = []

  /** `prefix`: of the rows' names. `isLate` is asked before each write. */
  constructor(id: string, prefix: string, isLate: () => boolean, signal: AbortSignal) {
    this.#id = id
    this.#prefix = prefix
    this.#isLate = isLate
    this.#signal = signal
  }

  /** So many more of them. Rejects when one cannot connect. */
  async begin(count: number): Promise<void> {
    const inTime = AbortSignal.any([this.#signal, AbortSignal.timeout(withinMs)])
    const opening = Array.from({ length: count }, () => DirectSession.open(this.#id, inTime))
    for (const session of await Promise.all(opening)) {
      this.#sessions.push(session)
      void this.#writeOn(session, `${this.#prefix}${this.#sessions.length}/`)
    }
  }

  count(outcome: DirectWrite["outcome"], isLate: boolean): number {
    return this.writes.filter(write => write.outcome === outcome && write.isLate === isLate).length
  }

  /** Whether the server has taken everything that was begun: what is not settled is committed there, and waits for a standby. */
  async allTaken(): Promise<boolean> {
    const query = `select from pg_stat_activity where wait_event = 'SyncRep' and query like 'insert into ${directTable}%'`
    const inTime = AbortSignal.any([this.#signal, AbortSignal.timeout(withinMs)])
    const taken = await lookUntil(withinMs, async () => {
      const { rows } = await askDirectly(this.#id, inTime, query)
      const open = this.writes.filter(({ outcome }) => outcome === "waiting").length
      return rows.length >= open || undefined
    })
    return taken === true
  }

  end(): void {
    for (const session of this.#sessions) session.close()
  }

  async #writeOn(session: DirectSession, prefix: string): Promise<void> {
    for (let nth = 1; !this.#signal.aborted; nth++) {
      const write: DirectWrite = { row: `${prefix}${nth}`, isLate: this.#isLate(), outcome: "waiting" }
      this.writes.push(write)
      try {
        const { warnings } = await session.ask(`insert into ${directTable} values ($1)`, [write.row])
        // With a warning it is no success: the wait for a standby was given up, and the server says so.
        write.outcome = warnings.length === 0 ? "acknowledged" : "failed"
      } catch {
        write.outcome = "failed"
        return
      }
      await sleep(pauseMs)
    }
  }
}

/** The rows of these clients at a server, sorted. */
export async function directRows(id: string, prefix: string, signal: AbortSignal): Promise<string[]> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(withinMs)])
  const query = `select row from ${directTable} where starts_with(row, $1)`
  const { rows } = await askDirectly(id, inTime, query, [prefix])
  return rows.map(({ row }) => String(row)).sort()
}
