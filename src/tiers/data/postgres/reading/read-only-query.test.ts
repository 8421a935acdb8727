import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { asSuperuser } from "../../testing/data-for-tests.ts"
import { destroyConnection, openConnection } from "../connection.ts"
import { type TemporaryPostgres, temporaryPostgres } from "../server/temporary-postgres.ts"
import { type ReadOnlyAnswer, type ReadOnlyQuery, readOnly } from "./read-only-query.ts"
import { prepareReader } from "./reading-role.ts"

let postgres: TemporaryPostgres
const cleanUp: (() => unknown)[] = []
const asApp = async (text: string) => {
  const client = await openConnection(postgres.address, postgres.credentials, "test")
  try {
    return (await client.query(text)).rows
  } finally {
    destroyConnection(client)
  }
}

before(async () => {
  postgres = await temporaryPostgres({ after: (end: () => unknown) => void cleanUp.push(end) } as never)
  await asApp(
    "create table cafes (id int primary key, name text); insert into cafes values (1, 'Rosa'), (2, null)",
  )
  await asApp("create sequence tickets")
  const client = await openConnection(postgres.address, { ...postgres.superuser, database: "app" }, "test")
  for (let time = 0; time < 2; time++)
    await prepareReader(client, postgres.server.reader.password, postgres.credentials.user)
  destroyConnection(client)
})
after(async () => {
  for (const end of cleanUp.reverse()) await end()
})

function read(text: string, options: Partial<ReadOnlyQuery> = {}): Promise<ReadOnlyAnswer> {
  const { signal } = new AbortController()
  const limits = { mostRows: 100, mostBytes: 1 << 20, timeoutMs: 20_000, signal }
  return readOnly({
    address: postgres.address,
    credentials: postgres.server.reader,
    text,
    ...limits,
    ...options,
  })
}

test("rows come as the server writes them, with their columns, up to the limit", async () => {
  const { tookMs, ...answer } = await read("select id, name from cafes order by id")
  assert.deepEqual(answer, {
    role: "primary",
    columns: [
      { name: "id", type: "int4" },
      { name: "name", type: "text" },
    ],
    rows: [
      ["1", "Rosa"],
      ["2", null],
    ],
  })
  assert.ok(tookMs >= 0)
  assert.equal((await read("select * from cafes", { mostRows: 2 })).cutBy, undefined)
  const { rows, cutBy } = await read("select * from cafes order by id", { mostRows: 1 })
  assert.deepEqual([rows, cutBy], [[["1", "Rosa"]], "rows"])
  const names = async (text: string) => (await read(text)).columns.map(({ name }) => name)
  assert.deepEqual(await names("explain select * from cafes"), ["QUERY PLAN"])
  assert.deepEqual(await names("show server_version"), ["server_version"])
  assert.deepEqual(await names(""), [])
})

/** What somebody may try, and the server's own word for why not; by SQLSTATE. */
const refused: readonly (readonly [text: string, sqlState: string])[] = [
  ["commit; drop table cafes", "42601"],
  ["rollback; begin read write; delete from cafes", "42601"],
  ["select 1; delete from cafes", "42601"],
  ["delete from cafes", "25006"],
  ["with gone as (delete from cafes returning *) select * from gone", "25006"],
  ["drop table cafes", "25006"],
  ["create temp table mine (id int)", "25006"],
  ["select * into mine from cafes", "25006"],
  ["select * from cafes for update", "25006"],
  ["lock table cafes in access exclusive mode", "42501"],
  ["set transaction read write", "25001"],
  ["select set_config('transaction_read_only', 'off', false)", "25001"],
  ["select set_config('role', 'app', false)", "42501"],
  ["set session authorization app", "42501"],
  ["select nextval('tickets')", "42501"],
  ["select setval('tickets', 9)", "42501"],
  ["select pg_read_file('postgresql.conf')", "42501"],
  ["select * from pg_ls_dir('.')", "42501"],
  ["select lo_import('/etc/passwd')", "42501"],
  ["select lo_create(0)", "25006"],
  ["copy (select 1) to program 'touch /tmp/owned'", "42501"],
  ["copy (select 1) to '/tmp/owned'", "42501"],
  ["copy cafes from stdin", "42501"],
  ["select * from dblink('dbname=app', 'delete from cafes') as t(x text)", "42883"],
  ["create extension dblink", "25006"],
  ["select * from pg_authid", "42501"],
  ["select current_setting('primary_conninfo')", "42501"],
  ["select pg_reload_conf()", "42501"],
  ["select pg_logical_emit_message(false, 'x', 'x')", "42501"],
  ["select pg_advisory_lock(7)", "42501"],
  ["select pg_try_advisory_xact_lock_shared(7, 7)", "42501"],
  ["select lo_from_bytea(0, 'x')", "25006"],
  ["select pg_create_restore_point('x')", "42501"],
  ["select pg_export_snapshot()", "00000"],
  ["select pg_current_xact_id()", "00000"],
  ["listen app", "00000"],
  ["select * from pg_hba_file_rules", "42501"],
  ["select pg_stat_reset()", "42501"],
  ["select pg_log_backend_memory_contexts(1)", "42501"],
  ["select * from pg_largeobject", "42501"],
  ["select pg_switch_wal()", "42501"],
  ["alter system set fsync = off", "25001"],
  ["do $$ begin execute 'delete from cafes'; end $$", "25006"],
  ["do $$ begin commit; end $$", "2D000"],
  ["prepare transaction 'x'", "55000"],
  ["vacuum", "25001"],
  ["checkpoint", "42501"],
  ["notify app, 'x'", "00000"],
]

test("what changes, reads files, or becomes somebody else is refused by the server itself", async () => {
  const seen: (readonly [string, string])[] = []
  for (const [text] of refused)
    seen.push([
      text,
      await read(text).then(
        () => "00000",
        ({ details, code }) => details?.sqlState ?? code,
      ),
    ])
  assert.deepEqual(seen, refused)
  assert.equal((await asApp("select count(*)::int as n from cafes"))[0].n, 2)
})

test("without the transaction's own wall the role's holds", async () => {
  const client = await openConnection(postgres.address, postgres.server.reader, "test")
  await client.query("set default_transaction_read_only = off")
  for (const text of [
    "insert into cafes values (3)",
    "delete from cafes",
    "update cafes set name = 'x'",
    "truncate cafes",
    "drop table cafes",
    "create table mine (id int)",
    "select nextval('tickets')",
  ])
    await assert.rejects(client.query(text), { code: "42501" }, text)
  destroyConnection(client)
})

test("nobody else is harmed: backends live on, nothing is kept, locks end with the statement", async () => {
  const client = await openConnection(postgres.address, postgres.credentials, "victim")
  const { rows } = await client.query("select pg_backend_pid() as pid")
  for (const act of ["pg_terminate_backend", "pg_cancel_backend"]) {
    const words = /permission denied|must be a member|role of the process|privileges/
    await assert.rejects(read(`select ${act}(${rows[0].pid})`), words)
  }
  const heard: unknown[] = []
  client.on("notification", notice => heard.push(notice))
  await client.query("listen app")
  await read("select pg_notify('app', 'x')")
  const { rows: mine } = await client.query("select pg_try_advisory_lock(7) as locked")
  assert.deepEqual(mine, [{ locked: true }], "the app's role may go on as before")
  assert.deepEqual(heard, [])
  destroyConnection(client)
  // What ends the transaction leaves nobody behind to go on in another one.
  for (const text of ["commit", "rollback", "abort and chain"]) await read(text)
  const [left] = await asSuperuser(
    postgres,
    "select count(*)::int as n from pg_stat_activity where usename = 'banyan_reader' and state <> 'active'",
  )
  assert.ok(Number(left?.["n"]) <= 1)
})

const busyReaders = async () => {
  const [row] = await asSuperuser(
    postgres,
    "select count(*)::int as n from pg_stat_activity where usename = 'banyan_reader'",
  )
  return Number(row?.["n"])
}
const untilNobodyReads = async () => {
  for (const untilMs = Date.now() + 20_000; (await busyReaders()) > 0; )
    assert.ok(Date.now() < untilMs, "a reader is left behind")
}

test("time: the server ends it itself; whoever cancels is answered at once, and the server stops too", async () => {
  for (const text of [
    "select pg_sleep(1e9)",
    "select count(*) from generate_series(1, 1000000000000)",
    "do $$ begin loop end loop; end $$",
    "select set_config('statement_timeout', '0', false), pg_sleep(1e9)",
  ])
    await assert.rejects(read(text, { timeoutMs: 300 }), { code: "BN2291" })
  await untilNobodyReads()
  const cancelling = new AbortController()
  const asked = read("select pg_sleep(1e9)", { signal: cancelling.signal, timeoutMs: 600_000 })
  while ((await busyReaders()) === 0);
  cancelling.abort()
  await assert.rejects(asked, { code: "BN2295" })
  await untilNobodyReads()
})

test("bytes: huge rows, huge cells, a flood of notices: cut, and this process holds little of it", async () => {
  const before = process.memoryUsage().rss
  for (const text of [
    "select repeat('x', 50000000)",
    "select repeat('x', 9000) from generate_series(1, 100000) with ordinality",
    "do $$ begin loop raise notice '%', repeat('x', 9000); end loop; end $$",
    "copy (select repeat('x', 9000) from generate_series(1, 100000)) to stdout",
  ]) {
    const { cutBy, rows } = await read(text, { mostRows: 1_000 })
    assert.equal(cutBy, "bytes", text)
    assert.ok(JSON.stringify(rows).length < 1.2 * (1 << 20))
  }
  const { rows, cutBy } = await read("select generate_series(1, 1000000000)", { mostRows: 3 })
  assert.deepEqual([rows, cutBy], [[["1"], ["2"], ["3"]], "rows"])
  const heldMb = (process.memoryUsage().rss - before) / 2 ** 20
  assert.ok(heldMb < 100, `${heldMb} MB more than before`)
  await untilNobodyReads()
})

test("the disk: what a sort writes there is bounded by the role, which cannot change it", async () => {
  assert.deepEqual((await read("show temp_file_limit")).rows, [["256MB"]])
  // The same at a hundredth of the cost.
  await asSuperuser(postgres, "alter role banyan_reader set temp_file_limit = '2MB'")
  const sort = "select * from (select generate_series(1, 1000000) as n) as many order by n desc"
  await assert.rejects(read(sort), /temp_file_limit/)
  await assert.rejects(read("select set_config('temp_file_limit', '-1', false)"), /permission denied/)
})

test("a role that may do more than read is refused before anything is asked", async () => {
  const credentials = { ...postgres.credentials, user: "mighty", password: "x" }
  const mighty = async (makes: string, takesBack: string) => {
    await asSuperuser(postgres, makes, "app")
    const refusal = await read("select 1", { credentials }).catch(
      error => `${error.code} ${error.details.reason}`,
    )
    await asSuperuser(postgres, takesBack, "app")
    return refusal
  }
  await asSuperuser(postgres, "create role mighty login password 'x'")
  assert.equal((await read("select 1", { credentials })).rows.length, 1)
  const attribute = (what: string) => mighty(`alter role mighty ${what}`, `alter role mighty no${what}`)
  assert.equal(await attribute("superuser"), "BN2293 it is a superuser")
  assert.match(String(await attribute("createrole")), /^BN2293 it may create roles/)
  const grant = (what: string) => mighty(`grant ${what} to mighty`, `revoke ${what} from mighty`)
  assert.equal(await grant("pg_read_all_data"), "BN2293 it is a member of pg_read_all_data")
  assert.equal(await grant("app"), "BN2293 it is a member of app")
  const writes = await mighty(
    "grant update (name) on cafes to mighty",
    "revoke update (name) on cafes from mighty",
  )
  assert.equal(writes, "BN2293 it may write to cafes")
  await assert.rejects(read("select 1", { credentials: { ...credentials, password: "y" } }), {
    code: "28P01",
  })
})

test("tables that the app makes later are seen too; those of others are not", async () => {
  await asApp("create schema shop; create table shop.orders (id int); create table later (id int)")
  assert.equal((await read("select * from later, shop.orders")).rows.length, 0)
  await asSuperuser(postgres, "create table secrets (id int)", "app")
  await assert.rejects(read("select * from secrets"), /permission denied/)
})
