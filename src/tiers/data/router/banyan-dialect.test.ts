import assert from "node:assert/strict"
import { before, type TestContext, test } from "node:test"
import { type Generated, Kysely, sql } from "kysely"
import type { TemporaryPostgres } from "../postgres/server/temporary-postgres.ts"
import { asSuperuser, eventually, urlOf } from "../testing/data-for-tests.ts"
import { temporaryFleet } from "../testing/temporary-fleet.ts"
import { BanyanDialect, type BanyanDialectOptions } from "./banyan-dialect.ts"
import { CausalSession, withCausalSession } from "./session/causal-session.ts"

type DB = { notes: { id: Generated<number>; text: string } }

let primary: TemporaryPostgres
let replicas: TemporaryPostgres[]
before(async t => {
  const fleet = await temporaryFleet(t as TestContext)
  primary = fleet.primary
  replicas = [fleet.at("postgres-2"), fleet.at("postgres-3")]
})

async function withNotes(t: TestContext, options: Partial<BanyanDialectOptions> = {}) {
  const dialect = new BanyanDialect({
    primary: urlOf(primary),
    replicas: replicas.map(urlOf),
    watchEveryMs: 50,
    // A machine that is busy with other tests is no server that hangs.
    hungAfterMs: 60_000,
    ...options,
  })
  const db = new Kysely<DB>({ dialect })
  t.after(() => db.destroy())
  await sql`drop table if exists notes`.execute(db)
  await sql`create table notes (id int generated always as identity primary key, text text not null)`.execute(
    db,
  )
  await caughtUp(dialect)
  return { dialect, db }
}

function caughtUp(dialect: BanyanDialect) {
  const reading = () => dialect.report().filter(({ reading, lagBytes }) => reading && lagBytes === 0).length
  return eventually("replicas at the primary's place", () => reading() === replicas.length)
}

/** Whose answer it is: no two servers started at the same microsecond. The function is stable, so it may go anywhere. */
const started = sql<Date>`pg_postmaster_start_time()::text`.as("started")
const onReplica = sql<{ replica: boolean }>`/* banyan: read */ select pg_is_in_recovery() as replica`
const onPrimary = sql<{ replica: boolean }>`select pg_is_in_recovery() as replica`

async function pauseReplay(t: TestContext, replica: TemporaryPostgres) {
  await asSuperuser(replica, "select pg_wal_replay_pause()")
  t.after(() => asSuperuser(replica, "select pg_wal_replay_resume()"))
}

test("nothing is asked of a server before the first statement, not even by a transaction", async () => {
  const db = new Kysely<DB>({
    dialect: new BanyanDialect({ primary: "postgres://nobody@localhost:1/nothing" }),
  })
  await db.transaction().execute(async () => {})
  assert.match(db.selectFrom("notes").selectAll().compile().sql, /^select/)
  await db.destroy()
})

test("reads are shared by the replicas; writes, locks and what is not known go to the primary", async t => {
  const { db } = await withNotes(t)
  const seen = new Set<string>()
  await eventually("answers of both replicas", async () => {
    const row = await db.selectNoFrom([started, sql`1`.as("one")]).executeTakeFirstOrThrow()
    seen.add(String(row.started))
    return seen.size >= replicas.length
  })
  assert.deepEqual((await onReplica.execute(db)).rows, [{ replica: true }])
  assert.deepEqual((await onPrimary.execute(db)).rows, [{ replica: false }])
  await db.insertInto("notes").values({ text: "a" }).execute()
  const locked = await db.selectFrom("notes").select("text").forUpdate().execute()
  assert.deepEqual(locked, [{ text: "a" }])
  const { numUpdatedRows } = await db.updateTable("notes").set({ text: "b" }).executeTakeFirstOrThrow()
  assert.equal(numUpdatedRows, 1n)
})

test("transactions run on the primary, those that only read on a replica; settings and savepoints hold", async t => {
  const { db } = await withNotes(t)
  const state = sql<{ replica: boolean; isolation: string }>`
    select pg_is_in_recovery() as replica, current_setting('transaction_isolation') as isolation`
  const reading = db.transaction().setAccessMode("read only").setIsolationLevel("repeatable read")
  const { rows } = await reading.execute(trx => state.execute(trx))
  assert.deepEqual(rows, [{ replica: true, isolation: "repeatable read" }])
  const writing = await db.transaction().execute(trx => state.execute(trx))
  assert.deepEqual(writing.rows, [{ replica: false, isolation: "read committed" }])

  const trx = await db.startTransaction().execute()
  await trx.insertInto("notes").values({ text: "kept" }).execute()
  const inner = await trx.savepoint('a "name"').execute()
  await inner.insertInto("notes").values({ text: "taken back" }).execute()
  await inner.rollbackToSavepoint('a "name"').execute()
  await trx.commit().execute()
  await assert.rejects(
    db.transaction().execute(async failing => {
      await failing.insertInto("notes").values({ text: "lost" }).execute()
      await sql`select 1 / 0`.execute(failing)
    }),
    { code: "22012" },
  )
  assert.deepEqual(await db.selectFrom("notes").select("text").execute(), [{ text: "kept" }])
})

test("statements given at once are one transaction's, and a transaction that could not begin is not left out", async t => {
  const { db } = await withNotes(t, { poolSize: 3 })
  const insert = (trx: Kysely<DB>, text: string) => trx.insertInto("notes").values({ text }).execute()
  const failing = db.transaction().execute(async trx => {
    await Promise.all(["a", "b", "c"].map(text => insert(trx, text)))
    throw new Error("taken back")
  })
  await assert.rejects(failing, /taken back/)
  await db.transaction().execute(trx => Promise.all(["d", "e"].map(text => insert(trx, text))))
  const one = db.connection().execute(async own => {
    const pid = sql<number>`pg_backend_pid()`.as("pid")
    const asked = [1, 2, 3].map(() => own.selectNoFrom(pid).executeTakeFirstOrThrow())
    return new Set((await Promise.all(asked)).map(row => row.pid))
  })
  assert.equal((await one).size, 1)
  const texts = await db.selectFrom("notes").select("text").orderBy("text").execute()
  assert.deepEqual(texts, [{ text: "d" }, { text: "e" }])

  const narrow = new Kysely<DB>({
    dialect: new BanyanDialect({ primary: urlOf(primary), poolSize: 1, gate: { maxWaitMs: 500 } }),
  })
  t.after(() => narrow.destroy())
  const answers = () => sql`select 1`.execute(narrow).catch(() => false as const)
  await eventually("its one connection", answers)
  const trx = await narrow.startTransaction().execute()
  await narrow.connection().execute(async own => {
    await sql`select 1`.execute(own)
    await assert.rejects(insert(trx, "never"), { code: "BN2202" })
  })
  await insert(trx, "taken back")
  await trx.rollback().execute()
  assert.equal((await db.selectFrom("notes").selectAll().execute()).length, 2)
})

test("a connection of one's own is one connection", async t => {
  const { db } = await withNotes(t)
  await db.connection().execute(async one => {
    await sql`set application_name to 'mine'`.execute(one)
    const name = sql<string>`current_setting('application_name')`.as("name")
    assert.deepEqual(await one.selectNoFrom(name).execute(), [{ name: "mine" }])
  })
})

test("whoever wrote sees it, though every replica stands still; nobody else is sent to the primary", async t => {
  const { db } = await withNotes(t)
  for (const replica of replicas) await pauseReplay(t, replica)
  const writer = new CausalSession()
  await withCausalSession(writer, async () => {
    await db.insertInto("notes").values({ text: "mine" }).execute()
    assert.equal((await db.selectFrom("notes").selectAll().execute()).length, 1)
    const reading = db.transaction().setAccessMode("read only").setIsolationLevel("repeatable read")
    assert.equal((await reading.execute(trx => trx.selectFrom("notes").selectAll().execute())).length, 1)
  })
  // Without a session: what this process wrote.
  assert.equal((await db.selectFrom("notes").selectAll().execute()).length, 1)
  const stranger = () => db.selectFrom("notes").selectAll().execute()
  assert.equal((await withCausalSession(new CausalSession(), stranger)).length, 0)
})

test("whoever saw something new does not go back behind it at a slower replica", async t => {
  const { db } = await withNotes(t)
  const [slow] = replicas as [TemporaryPostgres]
  await pauseReplay(t, slow)
  await withCausalSession(new CausalSession(), () => db.insertInto("notes").values({ text: "new" }).execute())
  for (let round = 0; round < 20; round++) {
    await withCausalSession(new CausalSession(), async () => {
      let most = 0
      for (let n = 0; n < 5; n++) {
        const { length } = await db.selectFrom("notes").select("id").execute()
        assert.ok(length >= most)
        most = length
      }
    })
  }
})

test("a position from the future costs one read at the primary, not every one", async t => {
  const { db } = await withNotes(t)
  const session = new CausalSession([["main", { timeline: 7, lsn: 1n << 60n }]])
  await withCausalSession(session, async () => {
    assert.deepEqual(await db.selectFrom("notes").selectAll().execute(), [])
    const { timeline, lsn } = session.positions.get("main")!
    assert.equal(timeline, 1)
    assert.ok(lsn < 1n << 40n)
    await eventually("a replica's answer", async () => (await onReplica.execute(db)).rows[0]?.replica)
  })
})

test("what is wrongly taken for a read is done by the primary, and known for what it is from then on", async t => {
  const { db } = await withNotes(t)
  for (let n = 0; n < 3; n++) await sql`/* banyan: read */ insert into notes (text) values (${n})`.execute(db)
  assert.equal((await db.selectFrom("notes").selectAll().execute()).length, 3)
})

test("a table that has not arrived at the replicas yet is read at the primary", async t => {
  const { db } = await withNotes(t)
  for (const replica of replicas) await pauseReplay(t, replica)
  await sql`create table if not exists brand_new (id int)`.execute(db)
  t.after(() => asSuperuser(primary, "drop table brand_new", "app"))
  const read = () => sql`/* banyan: read */ select * from brand_new`.execute(db)
  assert.deepEqual((await withCausalSession(new CausalSession(), read)).rows, [])
})

test("a prepared statement outlives a change of the schema and a DISCARD", async t => {
  const { db } = await withNotes(t, { poolSize: 1 })
  const read = () => db.selectFrom("notes").selectAll().execute()
  const write = () => db.insertInto("notes").values({ text: "x" }).returningAll().execute()
  for (let n = 0; n < 3; n++) await write()
  await sql`alter table notes add column more int default 7`.execute(db)
  assert.equal((await write())[0]?.["more" as never], 7)
  await eventually("the new column everywhere", async () => (await read()).every(row => "more" in row))
  await sql`discard all`.execute(db)
  await write()
  assert.equal((await read()).length, 5)
})

test("more texts than a connection keeps prepared", async t => {
  const { db } = await withNotes(t, { poolSize: 1 })
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 230; n++) {
      const rows = await db.selectNoFrom(sql<number>`${sql.lit(n)}::int`.as("n")).execute()
      assert.deepEqual(rows, [{ n }])
    }
  }
})

test("values and errors are node-postgres's", async t => {
  const { db } = await withNotes(t)
  const value = { at: new Date(0), list: [1, 2], json: { a: "'" }, bytes: Buffer.from([0, 255]), no: null }
  for (let n = 0; n < 3; n++) {
    const { rows } =
      await sql`/* banyan: read */ select ${value.at}::timestamptz as at, ${value.list}::int[] as list,
      ${value.json}::jsonb as json, ${value.bytes}::bytea as bytes, ${value.no}::text as no`.execute(db)
    assert.deepEqual(rows, [value])
  }
  const wrong = sql`select * from notes where id = ${"x"}`
  for (let n = 0; n < 3; n++) await assert.rejects(wrong.execute(db), { code: "22P02" })
  assert.throws(() => new BanyanDialect({ primary: "x" }), { code: "BN2280" })
  await assert.rejects(
    async () => {
      for await (const _ of db.selectFrom("notes").selectAll().stream()) assert.fail()
    },
    { code: "BN2281" },
  )
})

test("one server alone", async t => {
  const { db } = await withNotes(t)
  const alone = new Kysely<DB>({ dialect: new BanyanDialect({ primary: urlOf(primary) }) })
  t.after(() => alone.destroy())
  await alone.insertInto("notes").values({ text: "a" }).execute()
  assert.equal((await alone.selectFrom("notes").selectAll().execute()).length, 1)
  assert.equal((await db.selectFrom("notes").selectAll().execute()).length >= 0, true)
})

test("a replica that dies fails no read, and is read from again when it is back", async t => {
  const { dialect, db } = await withNotes(t)
  const [victim] = replicas as [TemporaryPostgres]
  let stop = false
  let done = 0
  const reader = async () => {
    while (!stop) {
      await db.selectFrom("notes").selectAll().execute()
      done++
    }
  }
  const readers = Promise.all([reader(), reader(), reader()])
  const name = dialect.report()[1]!.name
  const role = () => dialect.report().find(server => server.name === name)!
  for (let round = 0; round < 2; round++) {
    const before = done
    await eventually("reads", () => done > before + 20)
    await victim.kill()
    await eventually("its absence seen", () => role().role === "away")
    const without = done
    await eventually("reads without it", () => done > without + 20)
    await victim.start()
    await eventually("its return", () => role().reading)
  }
  stop = true
  await readers
})
