import assert from "node:assert/strict"
import { request } from "node:http"
import { before, type TestContext, test } from "node:test"
import { serveAdmin } from "../../control/testing/served-admin.ts"
import { destroyConnection, openConnection } from "../../tiers/data/postgres/connection.ts"
import {
  type TemporaryPostgres,
  temporaryPostgres,
} from "../../tiers/data/postgres/server/temporary-postgres.ts"
import { asSuperuser, eventually, urlOf } from "../../tiers/data/testing/data-for-tests.ts"
import type { ConfigInput } from "../../topology/config.ts"
import { parseConfig } from "../../topology/config-problems.ts"
import type { AuditEntry, DataTierView, SqlAnswer } from "../../wire/admin.ts"
import { DatabaseDesk } from "./database-desk.ts"
import { type KnownServer, knownServers } from "./known-servers.ts"

let postgres: TemporaryPostgres

before(async suite => {
  postgres = await temporaryPostgres(suite as unknown as TestContext)
  const client = await openConnection(postgres.address, postgres.credentials, "app")
  await client.query("create table users (name text, password_hash text)")
  await client.query("insert into users values ($1, 'scrypt$1')", ["Rosa"])
  await client.query("select * from users where name = 'never-shown'")
  destroyConnection(client)
})

const embedded = async (): Promise<KnownServer[]> => {
  const { address, superuser, credentials, server } = postgres
  const { user: app, database } = credentials
  const inspector = superuser
  const known = {
    address,
    database,
    inspector,
    app,
    reader: server.reader,
    maker: { ...superuser, database },
  }
  return [{ id: "postgres-1", ...known }]
}

async function serve(t: TestContext, data: ConfigInput["data"] = {}) {
  const config = parseConfig({ data })
  const servers = () => (data.engine === "external" ? knownServers(config, []) : embedded())
  const admin = await serveAdmin(t, {}, new DatabaseDesk(config, servers))
  const sql = async (body: object) => {
    const { status, text } = await admin.post("/api/sql", body)
    return {
      status,
      ...(JSON.parse(text) as Partial<SqlAnswer> & { error?: { code: string; message: string } }),
    }
  }
  const audit = async () => JSON.parse((await admin.get("/api/audit")).text).entries as AuditEntry[]
  return { ...admin, sql, audit }
}

test("what a server says of itself: role, size, connections, what was dear, without anybody's values", async t => {
  const { get, ask, host } = await serve(t)
  assert.equal((await ask("GET", "/api/data", { host })).status, 401)
  const view = JSON.parse((await get("/api/data")).text) as DataTierView
  assert.deepEqual(
    { ...view, servers: view.servers.length },
    { schema: 1, engine: "embedded", connectionBudget: 176, sql: { user: "banyan_reader" }, servers: 1 },
  )
  const [server] = view.servers
  assert.deepEqual([server?.id, server?.role, server?.timeline], ["postgres-1", "primary", 1])
  assert.ok(server!.sizeBytes! > 1_000_000 && server!.connections!.most === 200)
  const texts = server!.statements!.map(({ text }) => text)
  assert.ok(texts.includes("select * from users where name = $1"), texts.join("\n"))
  assert.doesNotMatch(JSON.stringify(view), /never-shown/)
  const inApp = await asSuperuser(postgres, "select extname from pg_extension where extname ~ 'stat'", "app")
  assert.deepEqual(inApp, [], "the app's database has nothing that its migrations did not make")
})

test("a server that cannot be reached is told of, and backups that nobody asked for are none", async t => {
  const url = "postgres://app:geheim@localhost/app?host=/nowhere"
  const { get, sql } = await serve(t, { engine: "external", url, readerUrl: url })
  const { servers } = JSON.parse((await get("/api/data")).text) as DataTierView
  assert.deepEqual(
    servers.map(({ id }) => id),
    ["/nowhere/.s.PGSQL.5432"],
  )
  assert.match(servers[0]!.problem!, /ENOENT/)
  const { status, error } = await sql({ sql: "select 1", instance: servers[0]!.id })
  assert.deepEqual([status, error?.code], [503, "BN2292"])
  assert.deepEqual(JSON.parse((await get("/api/backups")).text), { schema: 1, backups: [] })
})

test("who may ask, and what a body may say", async t => {
  const { ask, sql, host, authorization } = await serve(t)
  const json = { "content-type": "application/json" }
  const body = JSON.stringify({ sql: "select 1" })
  const status = async (headers: Record<string, string>) =>
    (await ask("POST", "/api/sql", headers, body)).status
  assert.equal(await status({ host, ...json }), 401)
  assert.equal(await status({ host, ...json, authorization, origin: "http://evil.example" }), 403)
  assert.equal(await status({ host: "evil.example", ...json, authorization }), 421)
  assert.equal(await status({ host, authorization, "content-type": "text/plain" }), 415)
  for (const wrong of [
    {},
    { sql: 1 },
    { sql: "x".repeat(4_001) },
    { sql: "select 1", mostRows: 1_001 },
    { sql: "select 1", timeoutMs: 60_001 },
    { sql: "select 1", asWhom: "postgres" },
  ])
    assert.equal((await sql(wrong)).status, 400, JSON.stringify(wrong))
  assert.deepEqual((await sql({ sql: "select 1", instance: "web-1" })).error?.code, "BN2294")
})

test("every statement is in the audit trail, whatever came of it: who, what, where, how many rows", async t => {
  const { ask, sql, audit, host, authorization } = await serve(t)
  const { status, rows, columns, instance, role } = await sql({ sql: "select name from users" })
  assert.deepEqual([status, rows, instance, role], [200, [["Rosa"]], "postgres-1", "primary"])
  assert.deepEqual(columns, [{ name: "name", type: "text" }])
  assert.deepEqual((await sql({ sql: "commit; drop table users" })).error?.code, "BN2290")
  const headers = { host, authorization, "content-type": "application/json", "banyan-user": "Rosa" }
  const body = JSON.stringify({ sql: "select 1\n/* ; */", instance: "primary", mostRows: 1 })
  await ask("POST", "/api/sql", headers, body)
  const told = (await audit()).toReversed()
  assert.deepEqual(
    told.map(({ what, outcome, rows, code, user }) => [what, outcome, rows ?? code, user]),
    [
      ["sql postgres-1: select name from users", "accepted", 1, undefined],
      ["sql a database: commit; drop table users", "refused", "BN2290", undefined],
      ["sql postgres-1: select 1\n/* ; */", "accepted", 1, "Rosa"],
    ],
  )
})

test("what is hostile ends by itself, and meanwhile the control plane answers", async t => {
  const { sql, get, audit, url, authorization } = await serve(t)
  const floods = ["select repeat('x', 50000000)", "select repeat('x', 9000) from generate_series(1, 100000)"]
  const before = process.memoryUsage().rss
  const flooded = Promise.all(floods.map(flood => sql({ sql: flood, mostRows: 1_000, timeoutMs: 30_000 })))
  const startedAt = performance.now()
  assert.equal((await get("/api/state")).status, 200)
  assert.ok(performance.now() - startedAt < 2_000)
  assert.deepEqual(
    (await flooded).map(({ cutBy }) => cutBy),
    ["bytes", "bytes"],
  )
  const heldMb = (process.memoryUsage().rss - before) / 2 ** 20
  assert.ok(heldMb < 100, `${heldMb} MB`)
  assert.equal((await sql({ sql: "select pg_sleep(1e9)", timeoutMs: 100 })).error?.code, "BN2291")

  const sleepers = async () => {
    const asleep =
      "select pid from pg_stat_activity where query = 'select pg_sleep(1e8)' and state = 'active'"
    return (await asSuperuser(postgres, asleep)).length
  }
  const headers = { authorization, "content-type": "application/json" }
  const sleeping = [1, 2].map(() => {
    const asked = request(`${url}/api/sql`, { method: "POST", headers })
    asked.on("error", () => {})
    asked.end(JSON.stringify({ sql: "select pg_sleep(1e8)", timeoutMs: 60_000 }))
    return asked
  })
  await eventually("two sleepers", async () => (await sleepers()) === 2)
  assert.equal((await sql({ sql: "select 1" })).error?.code, "BN2296")
  for (const asked of sleeping) asked.destroy()
  await eventually("nobody asleep", async () => (await sleepers()) === 0)
  await eventually(
    "the audit",
    async () => (await audit()).filter(({ code }) => code === "BN2295").length === 2,
  )
  assert.equal((await sql({ sql: "select 1" })).status, 200)
})

test("a database of one's own is asked as the role that is named, if that only reads", async t => {
  const url = urlOf(postgres)
  const as = (user: string) => url.replace(/app:[^@]*@/, `${user}:x@`)
  const none = await serve(t, { engine: "external", url })
  assert.equal((await none.sql({ sql: "select 1" })).error?.code, "BN2297")
  const own = await serve(t, { engine: "external", url, readerUrl: url })
  assert.match((await own.sql({ sql: "select 1" })).error!.message, /it is a member of pg_database_owner/)
  await asSuperuser(postgres, "create role reader login password 'x'; grant select on users to reader", "app")
  const reader = await serve(t, { engine: "external", url, readerUrl: as("reader") })
  assert.deepEqual((await reader.sql({ sql: "select current_user, name from users" })).rows, [
    ["reader", "Rosa"],
  ])
  const { servers } = JSON.parse((await reader.get("/api/data")).text) as DataTierView
  assert.match(servers[0]!.statementsMissing!, /pg_stat_statements/)
  const nobody = await serve(t, { engine: "external", url, readerUrl: as("nobody") })
  assert.equal((await nobody.sql({ sql: "select 1" })).error?.code, "BN2292")
})
