import { randomUUID } from "node:crypto"
import { type ControlledTransaction, type Generated, Kysely, sql } from "kysely"
import { BanyanDialect, createTransact, createTransactTable } from "../../src/tiers/data/index.ts"
import type { RoutedConnection } from "../../src/tiers/data/router/routed-connection.ts"
import { ownStatement } from "../../src/tiers/data/router/statements/statement.ts"

export type TransactDb = { orders: { id: Generated<string>; text: string } }
type Db = Kysely<TransactDb>

export const connections = 8

/** One way to do a transaction of one insert. */
export type Way = {
  readonly name: string
  readonly configuration: string
  readonly once: () => Promise<unknown>
}

const insert = (db: Db) => db.insertInto("orders").values({ text: "a bagel with everything" }).execute()

/** The ways that are compared. Those that are not in the product keep to what they cost while nothing goes wrong. */
export async function transactWays(
  bare: Db,
  url: string,
  later: (end: () => unknown) => void,
): Promise<Way[]> {
  const db = new Kysely<TransactDb>({ dialect: new BanyanDialect({ primary: url, poolSize: connections }) })
  later(() => db.destroy())
  await createTransactTable(db)
  const transact = createTransact({ db })
  return [
    {
      name: "bare Kysely + pg",
      configuration: "its own dialect; an unknown COMMIT stays unknown",
      once: () => bare.transaction().execute(insert),
    },
    {
      name: "router",
      configuration: "BanyanDialect, the same; an unknown COMMIT stays unknown",
      once: () => db.transaction().execute(insert),
    },
    {
      name: "transact",
      configuration: "a row of a lane is written over, in one message with COMMIT",
      once: () => transact(insert),
    },
    {
      name: "a row each",
      configuration:
        "a row under a new id in one message with COMMIT; what removes it later is not in the figures",
      once: () => committing(db, trx => beforeCommit(trx, rowOf, [randomUUID()])),
    },
    {
      name: "xid",
      configuration: "the transaction's number is asked for in a round trip of its own before COMMIT",
      once: () => committing(db, trx => sql`select pg_current_xact_id_if_assigned()::text`.execute(trx)),
    },
    {
      name: "xid with COMMIT",
      configuration: "the same in one message with COMMIT: proves nothing, and is the least it could cost",
      once: () => committing(db, trx => beforeCommit(trx, numberOf, [])),
    },
    {
      name: "bare lone insert",
      configuration: "no transaction around it, Kysely's own dialect",
      once: () => insert(bare),
    },
  ]
}

const rowOf = ownStatement("insert into outcomes (id, at) values ($1, now())")
const numberOf = ownStatement("select pg_current_xact_id_if_assigned()::text as xid")

type Trx = ControlledTransaction<TransactDb>

async function committing(db: Db, last: (trx: Trx) => Promise<unknown>): Promise<void> {
  const trx = await db.startTransaction().execute()
  await insert(trx)
  await last(trx)
  await trx.commit().execute()
}

async function beforeCommit(
  trx: Trx,
  statement: ReturnType<typeof ownStatement>,
  values: readonly unknown[],
): Promise<void> {
  await trx.getExecutor().provideConnection(async connection => {
    ;(connection as RoutedConnection).beforeCommit({ statement, values })
  })
}
