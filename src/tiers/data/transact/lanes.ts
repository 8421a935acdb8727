import { randomUUID } from "node:crypto"
import { type Kysely, sql } from "kysely"
import { ownStatement } from "../router/statements/statement.ts"

/** One transaction of a lane: what stands in the table (lanes-table.ts) once it is committed. */
export type Ticket = { readonly lane: string; readonly n: number }

/**
 * Written in the transaction, as its last statement. When the number was fenced off meanwhile it breaks on a null, and the
 * transaction with it: a COMMIT that was given up may still be on its way.
 */
export const leave = ownStatement(`
  insert into banyan_transact as l (lane, n, done, used_at) values ($1, $2, $2, now())
  on conflict (lane) do update set done = excluded.done, used_at = excluded.used_at,
    n = case when l.n < excluded.n then excluded.n end`)

export function leaving({ lane, n }: Ticket): readonly unknown[] {
  return [lane, n]
}

/**
 * Whether a transaction was committed; when it was not, it never will be. Waits for one that is still at work (by the lock
 * on the row), and, being a write, until the quorum has what it tells: a server that starts again after a crash shows
 * commits that it alone has. Safe to repeat.
 */
export async function fenceOff(db: Kysely<unknown>, { lane, n }: Ticket): Promise<boolean> {
  const { rows } = await sql<{ committed: boolean }>`
    insert into banyan_transact as l (lane, n, done, used_at) values (${lane}, ${n + 1}, 0, now())
    on conflict (lane) do update set n = greatest(l.n, excluded.n), used_at = excluded.used_at
    returning done = ${n}::bigint as committed`.execute(db)
  return rows[0]?.committed === true
}

/** While a snapshot is held for long, every version of a row stays: a lane that has had so many ends, and its row goes. */
const mostUses = 256

/** Transactions one after the other. */
export class Lane {
  readonly id = randomUUID()
  #n = 0

  /** A number that was never given before. Each second one is left to the fence. */
  next(): Ticket {
    this.#n += 2
    return { lane: this.id, n: this.#n }
  }

  get worn(): boolean {
    return this.#n >= 2 * mostUses
  }
}

/** The lanes of a process: as many as it has transactions at once. */
export class Lanes {
  readonly #free: Lane[] = []
  readonly #onWorn: (lane: string) => void

  constructor(onWorn: (lane: string) => void) {
    this.#onWorn = onWorn
  }

  take(): Lane {
    return this.#free.pop() ?? new Lane()
  }

  /** Only one whose last transaction's end is known. */
  giveBack(lane: Lane): void {
    if (lane.worn) this.#onWorn(lane.id)
    else this.#free.push(lane)
  }
}
