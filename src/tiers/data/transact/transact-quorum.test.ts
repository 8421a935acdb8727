import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { Kysely, PostgresDialect, sql, type Transaction } from "kysely"
import pg from "pg"
import { type TemporaryPostgres, temporaryPostgres } from "../postgres/server/temporary-postgres.ts"
import { BanyanDialect } from "../router/banyan-dialect.ts"
import { asSuperuser, eventually, urlOf } from "../testing/data-for-tests.ts"
import { createTransact } from "./create-transact.ts"
import { createTransactTable } from "./lanes-table.ts"
import type { TransactNotice } from "./transact.ts"

type DB = { notes: { text: string } }

/** Commits wait for a standby there is none of, until `quorum` is called: what is committed is here and nowhere else. */
async function withoutQuorum(t: TestContext) {
  const postgres = await temporaryPostgres(t)
  const dialect = new BanyanDialect({ primary: urlOf(postgres), gate: { maxWaitMs: 60_000 } })
  const db = new Kysely<DB>({ dialect })
  t.after(() => db.destroy())
  await sql`create table notes (text text not null)`.execute(db)
  await createTransactTable(db)
  const wait = async (names: string) => {
    await asSuperuser(postgres, `alter system set synchronous_standby_names to '${names}'`)
    await asSuperuser(postgres, "select pg_reload_conf()")
  }
  await wait("nobody")
  await eventually("the new setting", async () => {
    const rows = await asSuperuser(postgres, "show synchronous_standby_names")
    return rows[0]?.["synchronous_standby_names"] === "nobody"
  })
  const notices: TransactNotice["verdict"][] = []
  const transact = createTransact({ db, onNotice: ({ verdict }) => void notices.push(verdict) })
  const state = { runs: 0, answer: "none" }
  const writing = transact(trx => write(trx).then(() => ++state.runs))
  writing.then(
    () => (state.answer = "success"),
    () => (state.answer = "failure"),
  )
  return { postgres, db, notices, writing, state, quorum: () => wait("") }
}

const write = (trx: Transaction<DB>) => trx.insertInto("notes").values({ text: "x" }).execute()

/** The process that waits for the standby with a statement like this. */
function waiting(postgres: TemporaryPostgres, query: string): Promise<number> {
  return eventually(`${query} to wait`, async () => {
    const rows = await asSuperuser(
      postgres,
      `select pid from pg_stat_activity where wait_event = 'SyncRep' and query ilike '${query}'`,
    )
    return rows[0]?.["pid"] as number | undefined
  })
}

function bareKysely(t: TestContext, { credentials, socketFolder, port }: TemporaryPostgres): Kysely<DB> {
  const pool = new pg.Pool({ ...credentials, host: socketFolder, port })
  pool.on("error", () => {})
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) })
  t.after(() => db.destroy())
  return db
}

const commit = "commit%"
const fence = "%greatest%"

test("a COMMIT whose wait for a standby is cancelled is no success before the quorum has it", async t => {
  const { postgres, db, notices, writing, state, quorum } = await withoutQuorum(t)
  await asSuperuser(postgres, `select pg_cancel_backend(${await waiting(postgres, commit)})`)
  await waiting(postgres, fence)
  // The hole this closes: node-postgres takes the same for success.
  const bare = bareKysely(t, postgres)
  const taken = bare.transaction().execute(write)
  await asSuperuser(postgres, `select pg_cancel_backend(${await waiting(postgres, commit)})`)
  await taken
  assert.deepEqual(state, { runs: 1, answer: "none" })
  await quorum()
  assert.equal(await writing, 1)
  assert.deepEqual(notices, ["committed"])
  assert.equal((await db.selectFrom("notes").selectAll().execute()).length, 2)
})

test("what a server that starts again after a crash shows is no success before the quorum has it", async t => {
  const { postgres, db, notices, writing, state, quorum } = await withoutQuorum(t)
  await waiting(postgres, commit)
  await postgres.killWholly()
  await postgres.start()
  await waiting(postgres, fence)
  // It is there for everybody to see, and may still be lost with this server.
  assert.deepEqual(await asSuperuser(postgres, "select text from notes", "app"), [{ text: "x" }])
  assert.deepEqual(state, { runs: 1, answer: "none" })
  await quorum()
  assert.equal(await writing, 1)
  assert.deepEqual(notices, ["committed"])
  assert.equal((await db.selectFrom("notes").selectAll().execute()).length, 1)
})
