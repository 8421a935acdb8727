import assert from "node:assert/strict"
import { before, type TestContext, test } from "node:test"
import { type Kysely, sql } from "kysely"
import { temporaryPostgres } from "../postgres/server/temporary-postgres.ts"
import { dataForTests } from "../testing/data-for-tests.ts"

type DB = { notes: { id: number } }

let db: Kysely<DB>
before(async suite => {
  const t = suite as TestContext
  db = dataForTests(t, await temporaryPostgres(t), { poolSize: 1 }).db<DB>()
  await sql`create table notes as select n as id from generate_series(1, 5000) n`.execute(db)
  await sql`create index on notes (id)`.execute(db)
  await sql`vacuum analyze notes`.execute(db)
})

const newest = () => db.selectFrom("notes").selectAll().orderBy("id", "desc")

test("a statement with a limit is planned once, and not at every call", async () => {
  for (let call = 0; call < 20; call++) {
    assert.equal((await newest().limit(3).execute()).length, 3)
    assert.equal((await newest().limit(sql<number>`${3}`).execute()).length, 3)
  }
  const { rows } = await sql<{ statement: string; generic: number }>`
    select statement, generic_plans::int as generic from pg_prepared_statements`.execute(db)
  const generic = (ends: RegExp) => rows.find(({ statement }) => ends.test(statement))?.generic
  assert.ok(generic(/limit 3$/)! >= 10, JSON.stringify(rows))
  assert.equal(generic(/limit \$1$/), 0, "else it makes no difference where the limit stands")
})

test("what is no small whole number stays a value", async () => {
  const textOf = (limit: number | bigint) => newest().limit(limit).compile()
  assert.match(textOf(0).sql, /limit 0$/)
  assert.match(textOf(1000).sql, /limit 1000$/)
  for (const limit of [1001, -1, 1.5, 20n]) {
    const { sql, parameters } = textOf(limit)
    assert.match(sql, /limit \$1$/)
    assert.deepEqual(parameters, [limit])
  }
  assert.equal((await newest().limit(2n).execute()).length, 2)
  await assert.rejects(newest().limit(-1).execute(), /LIMIT must not be negative/)
})
