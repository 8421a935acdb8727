import assert from "node:assert/strict"
import { before, type TestContext, test } from "node:test"
import { type Generated, Kysely, PostgresDialect, sql, type Transaction } from "kysely"
import pg from "pg"
import { lostKindOf } from "../data-errors.ts"
import { type TemporaryPostgres, temporaryPostgres } from "../postgres/server/temporary-postgres.ts"
import { BanyanDialect } from "../router/banyan-dialect.ts"
import { type Cut, CuttingProxy, cutMark } from "../testing/cutting-proxy.ts"
import { asSuperuser, dataForTests, eventually } from "../testing/data-for-tests.ts"
import { createTransact, type TransactorOptions } from "./create-transact.ts"
import { lanesTable } from "./lanes-table.ts"
import type { TransactNotice } from "./transact.ts"

type DB = { notes: { id: Generated<number>; text: string }; counters: { name: string; value: number } }
type Trx = Transaction<DB>

let postgres: TemporaryPostgres
before(async t => {
  postgres = await temporaryPostgres(t as TestContext)
})

async function withTransact(t: TestContext, options: Partial<TransactorOptions<DB>> = {}) {
  const proxy = await CuttingProxy.start(t, postgres.address)
  const { user, password, database } = postgres.credentials
  const primary = `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${proxy.port}/${database}`
  const db = new Kysely<DB>({ dialect: new BanyanDialect({ primary, gate: { maxWaitMs: 60_000 } }) })
  t.after(() => db.destroy())
  await sql`drop table if exists notes, counters`.execute(db)
  await sql`create table notes (id int generated always as identity primary key, text text not null)`.execute(
    db,
  )
  await sql`create table counters (name text primary key, value int not null)`.execute(db)
  const notices: TransactNotice["verdict"][] = []
  const onNotice = ({ verdict }: TransactNotice) => void notices.push(verdict)
  const transact = createTransact({ db, onNotice, ...options })
  await transact(async trx => {
    await trx.insertInto("counters").values({ name: "a", value: 0 }).execute()
  })
  notices.length = 0
  const add = async (trx: Trx) => {
    const set = { value: sql<number>`value + 1` }
    const row = await trx.updateTable("counters").set(set).returning("value").executeTakeFirstOrThrow()
    return row.value
  }
  const value = async () => (await db.selectFrom("counters").select("value").executeTakeFirstOrThrow()).value
  return { proxy, db, transact, notices, add, value }
}

let marks = 0
/** Never the same text twice, so that it stands in the message. */
const mark = (trx: Trx) => sql`select ${sql.lit(`${cutMark} ${marks++}`)}`.execute(trx)

test("when the connection breaks around COMMIT it is done once, and its result is known", async t => {
  const { proxy, db, transact, notices } = await withTransact(t)
  const cases: readonly (readonly [Cut, TransactNotice["verdict"][]])[] = [
    ["answer", ["committed"]],
    ["request", ["not-committed", "again"]],
    ["late", ["not-committed", "again"]],
  ]
  const written = async () => (await db.selectFrom("notes").select("text").execute()).map(({ text }) => text)
  for (const [how, verdicts] of cases) {
    proxy.how = how
    notices.length = 0
    let runs = 0
    const result = await transact(async trx => {
      await trx.insertInto("notes").values({ text: how }).execute()
      if (++runs === 1) await mark(trx)
      return `written as ${how}, run ${runs}`
    })
    assert.deepEqual([how, notices, result], [how, verdicts, `written as ${how}, run ${runs}`])
  }
  await proxy.deliver()
  assert.deepEqual((await written()).sort(), ["answer", "late", "request"])
  assert.equal(proxy.cuts, 3)
})

test("a COMMIT whose answer is lost is told as unknown by the bare dialect", async t => {
  const { proxy, db, add } = await withTransact(t)
  proxy.how = "answer"
  const losing = db.transaction().execute(async trx => {
    await add(trx)
    await mark(trx)
  })
  await assert.rejects(losing, error => lostKindOf(error) === "unknown")
})

test("a connection that is lost during the work costs one more run", async t => {
  const { transact, notices, add, value } = await withTransact(t)
  let runs = 0
  const result = await transact(async trx => {
    const result = await add(trx)
    if (++runs < 3) await sql`select pg_terminate_backend(pg_backend_pid())`.execute(trx)
    return result
  })
  assert.deepEqual([result, await value(), runs, notices], [1, 1, 3, ["again", "again"]])
})

test("a loss that the app has caught and wrapped, or swallowed, is a loss all the same", async t => {
  const { transact, add, value } = await withTransact(t)
  let runs = 0
  const lose = (trx: Trx) => sql`select pg_terminate_backend(pg_backend_pid())`.execute(trx)
  await transact(async trx => {
    await add(trx)
    if (++runs > 1) return
    await lose(trx).catch(cause => {
      throw new Error("the café is closed", { cause })
    })
  })
  await transact(async trx => {
    await add(trx)
    if (++runs === 3) await lose(trx).catch(() => {})
  })
  assert.deepEqual([runs, await value()], [4, 2])
})

test("what Postgres wants done again is done again: serialization failures, deadlocks; many at once lose nothing", async t => {
  const { transact, notices, value, db } = await withTransact(t)
  const both = Promise.withResolvers<void>()
  let begun = 0
  const meet = async () => {
    if (++begun === 2) both.resolve()
    await both.promise
  }
  const addSlowly = async (trx: Trx) => {
    const { value } = await trx.selectFrom("counters").select("value").executeTakeFirstOrThrow()
    await meet()
    const set = { value: value + 1 }
    await trx.updateTable("counters").set(set).execute()
  }
  const isolation = "serializable"
  await Promise.all([transact(addSlowly, { isolation }), transact(addSlowly, { isolation })])
  assert.deepEqual([await value(), notices], [2, ["again"]])
  await db.insertInto("counters").values({ name: "b", value: 0 }).execute()
  const met = Promise.withResolvers<void>()
  let crossed = 0
  const crossing = (names: readonly string[]) =>
    transact(async trx => {
      for (const name of names) {
        await trx.updateTable("counters").set({ value: 9 }).where("name", "=", name).execute()
        if (++crossed === 2) met.resolve()
        await met.promise
      }
    })
  notices.length = 0
  await Promise.all([crossing(["a", "b"]), crossing(["b", "a"])])
  assert.deepEqual(notices, ["again"])
})

test("one that can never be serialized is given up after ten runs, with the server's word for it", async t => {
  const { transact, notices } = await withTransact(t, { random: () => 0 })
  let runs = 0
  const never = transact(async trx => {
    runs++
    await sql`do $$ begin raise exception 'again' using errcode = '40001'; end $$`.execute(trx)
  })
  await assert.rejects(never, { code: "40001" })
  assert.deepEqual([runs, notices.length], [10, 9])
})

test("what the work throws takes it back and is thrown; it is not run again", async t => {
  const { transact, add, value, notices } = await withTransact(t)
  const failing = transact(async trx => {
    await add(trx)
    throw new RangeError("no more bagels")
  })
  await assert.rejects(failing, RangeError)
  await assert.rejects(
    transact(trx => sql`select 1 / 0`.execute(trx)),
    { code: "22012" },
  )
  const swallowing = transact(async trx => {
    await add(trx)
    await sql`select 1 / 0`.execute(trx).catch(() => {})
  })
  await assert.rejects(swallowing, { code: "25P02" })
  assert.deepEqual([await value(), notices], [0, []])
})

test("a snapshot that was taken before is no trouble for the lane: no run is repeated under repeatable read", async t => {
  const { transact, add, notices, value } = await withTransact(t)
  for (let count = 0; count < 20; count++) await transact(add, { isolation: "repeatable read" })
  assert.deepEqual([await value(), notices], [20, []])
})

test("within another one it is refused; beside it and after it not", async t => {
  const { transact, add, value } = await withTransact(t)
  const nested = transact(async () => transact(add))
  await assert.rejects(nested, { code: "BN2270" })
  let left: Promise<number> | undefined
  const over = Promise.withResolvers<void>()
  await transact(async trx => {
    await add(trx)
    left = over.promise.then(() => transact(add))
  })
  over.resolve()
  assert.equal(await left, 2)
  await Promise.all(Array.from({ length: 20 }, () => transact(add)))
  assert.equal(await value(), 22)
})

test("an abort gives up at once before COMMIT, leaves nothing, and changes nothing afterwards", async t => {
  const { transact, add, value, db } = await withTransact(t)
  const gone = AbortSignal.abort(new Error("the client went away"))
  await assert.rejects(transact(add, { signal: gone }), /went away/)
  const giving = new AbortController()
  const working = transact(
    async trx => {
      await add(trx)
      giving.abort(new Error("enough"))
      await sql`select pg_sleep(0.2)`.execute(trx)
    },
    { signal: giving.signal },
  )
  await assert.rejects(working, /enough/)
  const late = new AbortController()
  const committing = transact(
    async trx => {
      await add(trx)
      queueMicrotask(() => setImmediate(() => late.abort(new Error("too late"))))
      await mark(trx)
      return "done"
    },
    { signal: late.signal },
  )
  assert.ok(["done", "too late"].includes(await committing.catch(error => error.message)))
  // Nobody holds a connection or a lock any more.
  await eventually("the row", async () => {
    const rows = sql`select * from counters for update nowait`.execute(db)
    return rows.then(
      () => true,
      () => false,
    )
  })
  assert.ok((await value()) <= 1)
})

test("the table is made when it is missing; where that is forbidden the error says what to do", async t => {
  const { transact, add, db, notices } = await withTransact(t)
  await sql`drop table ${sql.table(lanesTable)}`.execute(db)
  await Promise.all(Array.from({ length: 4 }, () => transact(add)))
  assert.ok(notices.every(verdict => verdict === "again"))
  await sql`drop table ${sql.table(lanesTable)}`.execute(db)
  await asSuperuser(postgres, "create role guest login password 'guest'", "app")
  await asSuperuser(postgres, "grant all on all tables in schema public to guest", "app")
  const guest = dataForTests(t, {
    ...postgres,
    credentials: { ...postgres.credentials, user: "guest", password: "guest" },
  })
  const refused = createTransact({ db: guest.db<DB>() })(add)
  await assert.rejects(refused, { code: "BN2271", message: /banyan_transact.*permission denied/ })
})

test("over another dialect it is refused: its losses would be no losses", async t => {
  const pool = new pg.Pool({ ...postgres.credentials, host: postgres.socketFolder, port: postgres.port })
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) })
  t.after(() => db.destroy())
  await assert.rejects(
    createTransact({ db })(trx => sql`select 1`.execute(trx)),
    { code: "BN2272" },
  )
})

test("work that knows by itself whether it was done leaves no number, and is simply run again", async t => {
  const { proxy, transact, db, notices } = await withTransact(t)
  await sql`truncate ${sql.table(lanesTable)}`.execute(db)
  proxy.how = "answer"
  let runs = 0
  const done = await transact(
    async trx => {
      if (await trx.selectFrom("notes").select("id").where("text", "=", "key").executeTakeFirst())
        return "was"
      await trx.insertInto("notes").values({ text: "key" }).execute()
      if (++runs === 1) await mark(trx)
      return "now"
    },
    { repeatable: true },
  )
  const { rows } = await sql`select 1 from ${sql.table(lanesTable)}`.execute(db)
  assert.deepEqual([done, runs, notices, rows.length], ["was", 1, ["again"], 0])
})

test("a lane's row goes when it has had its turns, and rows of dead processes go with it", async t => {
  const { transact, db } = await withTransact(t)
  await sql`truncate ${sql.table(lanesTable)}`.execute(db)
  await sql`insert into ${sql.table(lanesTable)} select gen_random_uuid(), 2, 2, now() - interval '2 days'
    from generate_series(1, 50)`.execute(db)
  const lone = (trx: Trx) => trx.insertInto("notes").values({ text: "x" }).execute()
  for (let count = 0; count < 300; count++) await transact(lone)
  const rows = () => sql`select 1 from ${sql.table(lanesTable)}`.execute(db).then(({ rows }) => rows.length)
  await eventually("one row", async () => (await rows()) === 1)
})
