import assert from "node:assert/strict"
import { test } from "node:test"
import pg from "pg"
import { temporaryPostgres } from "./temporary-postgres.ts"

test("a server starts from the template, on its socket only, for a role that is no superuser", async t => {
  const postgres = await temporaryPostgres(t)
  const { socketFolder: host, port, credentials } = postgres
  const client = new pg.Client({ host, port, ...credentials })
  await client.connect()
  t.after(() => client.end())
  const { rows } = await client.query(
    `select current_user as user, current_database() as database, rolsuper,
       current_setting('fsync') as fsync, current_setting('wal_level') as wal, current_setting('archive_mode') as archive,
       current_setting('listen_addresses') as listen, current_setting('cluster_name') as name,
       current_setting('banyan.cluster') as cluster
     from pg_roles where rolname = current_user`,
  )
  const { cluster, ...settings } = rows[0]
  assert.match(cluster, /^[0-9a-f-]{36}$/)
  assert.deepEqual(settings, {
    user: "app",
    database: "app",
    rolsuper: false,
    fsync: "on",
    wal: "logical",
    archive: "on",
    listen: "",
    name: "postgres-1",
  })
})
