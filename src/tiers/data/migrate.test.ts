import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { before, type TestContext, test } from "node:test"
import { sql } from "kysely"
import { againWhenLost } from "./again-when-lost.ts"
import { checkShardKeys } from "./check-shard-keys.ts"
import { migrate } from "./migrate.ts"
import { type TemporaryPostgres, temporaryPostgres } from "./postgres/server/temporary-postgres.ts"
import { seedOnce } from "./seed-once.ts"
import { lookup, reference, sharded } from "./tables.ts"
import { dataForTests, eventually } from "./testing/data-for-tests.ts"

let server: TemporaryPostgres
before(async t => {
  server = await temporaryPostgres(t as TestContext)
})

/** Empties the database and gives as many processes' data tiers as asked for. */
async function fresh(t: TestContext, count: number, poolSize = 2) {
  const all = Array.from({ length: count }, () => dataForTests(t, server, { poolSize }))
  await sql`drop schema public cascade`.execute(all[0]!.db())
  await sql`create schema public`.execute(all[0]!.db())
  return all
}

/** A migration in a file: statements on the way up. */
const file = (...statements: string[]) => `
  import { sql } from ${JSON.stringify(import.meta.resolve("kysely"))}
  export async function up(db) { ${statements.map(one => `await sql.raw(${JSON.stringify(one)}).execute(db);`).join(" ")} }`

function folderOf(t: TestContext, files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "banyan-migrations-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

test("four processes migrate at once: each migration runs once, everybody finds the tables", async t => {
  const four = await fresh(t, 4, 1)
  const folder = folderOf(t, {
    "0001-a.mjs": file("create table a (id int primary key)", "select pg_sleep(0.1)"),
    "0002-b.mjs": file("create table b (id int primary key)", "insert into b values (1)"),
    "notes.md": "not a migration",
  })
  const ran = await Promise.all(four.map(data => migrate(data, folder)))
  assert.deepEqual(ran.flat().sort(), ["0001-a", "0002-b"])
  assert.deepEqual(await migrate(four[0]!, folder), [])
  for (const data of four) {
    assert.deepEqual((await sql`select id from b`.execute(data.db())).rows, [{ id: 1 }])
  }
})

test("a migration that fails is named, leaves nothing behind, and goes on once it is mended", async t => {
  const [data] = await fresh(t, 1)
  const good = { "0001-good.mjs": file("create table good (id int primary key)") }
  const folder = folderOf(t, {
    ...good,
    "0002-bad.mjs": file("create table bad (id int primary key)", "select 1/0"),
  })
  await assert.rejects(migrate(data!, folder), {
    code: "BN2210",
    message: "migration 0002-bad failed: division by zero",
  })
  await assert.rejects(sql`select * from bad`.execute(data!.db()), { code: "42P01" })
  const mended = folderOf(t, { ...good, "0002-bad.mjs": file("create table bad (id int primary key)") })
  assert.ok((await migrate(data!, mended)).includes("0002-bad"))
})

test("mistakes in the folder are told before anything runs", async t => {
  const [data] = await fresh(t, 1)
  await assert.rejects(migrate(data!, "/nowhere/migrations"), {
    code: "BN2211",
    message: /\/nowhere\/migrations: .*ENOENT/,
  })
  const noUp = folderOf(t, { "0001-a.mjs": "export const down = 1" })
  await assert.rejects(migrate(data!, noUp), { code: "BN2211", message: /0001-a\.mjs.*exports no `up`/ })
  const broken = folderOf(t, { "0001-a.mjs": "export const up = (" })
  await assert.rejects(migrate(data!, broken), { code: "BN2211", message: /0001-a\.mjs/ })
  await migrate(data!, folderOf(t, { "0005-a.mjs": file("select 1") }))
  const lost = folderOf(t, { "0006-b.mjs": file("select 1") })
  await assert.rejects(migrate(data!, lost), { code: "BN2212", message: /0005-a/ })
})

test("of four processes one seeds at a time, and the seed's own work is done once", async t => {
  const four = await fresh(t, 4, 1)
  await sql`create table seeds (n int)`.execute(four[0]!.db())
  let inside = 0
  let did = 0
  await Promise.all(
    four.map(data =>
      seedOnce(data, "beigel", async () => {
        inside++
        assert.equal(inside, 1)
        const { rows } = await sql`select 1 from seeds`.execute(data.db())
        if (rows.length === 0) {
          await sql`insert into seeds values (1)`.execute(data.db())
          did++
        }
        inside--
      }),
    ),
  )
  assert.equal(did, 1)
})

test("a seed that fails lets the next process try", async t => {
  const [one, two] = await fresh(t, 2)
  const failing = seedOnce(one!, "beigel", () => Promise.reject(new Error("no such file")))
  await assert.rejects(failing, /no such file/)
  let ran = false
  await seedOnce(two!, "beigel", async () => {
    ran = true
  })
  assert.ok(ran)
  await eventually("no lock left", async () => {
    const { rows } = await sql`select 1 from pg_locks where locktype = 'advisory'`.execute(one!.db())
    return rows.length === 0
  })
})

test("connections lost in the middle of a migration, of a seed, and of the wait for a lock: all is done again, once", async t => {
  const [one, two] = await fresh(t, 2)
  await sql`create sequence trips`.execute(one!.db())
  // A sequence is not rolled back: only the first run breaks off.
  const breakOff =
    "do $$ begin if nextval('trips') = 1 then perform pg_terminate_backend(pg_backend_pid()); end if; end $$"
  const folder = folderOf(t, {
    "0001-a.mjs": file("create table a (n int)", breakOff, "insert into a values (1)"),
  })
  assert.deepEqual(await againWhenLost(() => migrate(one!, folder)), ["0001-a"])
  assert.deepEqual((await sql`select n from a`.execute(one!.db())).rows, [{ n: 1 }])

  let [runs, waited] = [0, false]
  const locks = (granted: boolean) =>
    sql<{ pid: number }>`select pid from pg_locks where locktype = 'advisory' and granted = ${granted}`
  const end = ({ rows }: { rows: { pid: number }[] }) =>
    Promise.all(rows.map(({ pid }) => sql`select pg_terminate_backend(${pid})`.execute(one!.db())))
  const seed = (data: typeof one) =>
    againWhenLost(() =>
      seedOnce(data!, "beigel", async () => {
        runs++
        if (waited) return
        const waiting = await eventually("the other one waits", async () => {
          const found = await locks(false).execute(one!.db())
          return found.rows.length > 0 && found
        })
        waited = true
        await end(waiting)
        await end(await locks(true).execute(one!.db()))
        await one!.session(client => client.query("select pg_terminate_backend(pg_backend_pid())"))
      }),
    )
  await Promise.all([seed(one), seed(two)])
  assert.equal(runs, 3, "the first was begun anew, the other one got its turn after its wait was cut")
})

test("the real database is held against the declared shard keys", async t => {
  const [data] = await fresh(t, 1)
  await sql
    .raw(`
    create table posts (cafe_id uuid, id uuid, primary key (cafe_id, id));
    create table likes (id uuid primary key, post_id uuid);
    create table bare (cafe_id uuid);
    create table "Odd Name" (k int primary key);
    create view seen as select * from bare`)
    .execute(data!.db())
  const check = (tables: Parameters<typeof checkShardKeys>[1]) => checkShardKeys(data!, tables)
  await check({ posts: sharded("cafe_id"), "Odd Name": lookup("k"), bare: reference() })
  await check({})
  await assert.rejects(check({ likes: sharded("post_id") }), {
    code: "BN2222",
    message:
      "table likes is declared sharded by post_id, but its primary key is (id): it must start with post_id",
  })
  await assert.rejects(check({ posts: lookup("id") }), { code: "BN2222" })
  await assert.rejects(check({ bare: sharded("cafe_id") }), { code: "BN2221" })
  await assert.rejects(check({ absent: reference() }), { code: "BN2220" })
  await assert.rejects(check({ seen: reference() }), { code: "BN2220" })
})
