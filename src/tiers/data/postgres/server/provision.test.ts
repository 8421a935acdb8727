import assert from "node:assert/strict"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { openConnection } from "../connection.ts"
import { temporaryPostgres } from "./temporary-postgres.ts"

test("a data folder from before there were replicas gets their role at its next start", async t => {
  const postgres = await temporaryPostgres(t)
  const client = await openConnection(postgres.address, postgres.superuser, "test")
  await client.query("drop role replicator")
  await client.end()
  await postgres.stop()
  const marker = join(postgres.dataFolder, "banyan.json")
  writeFileSync(marker, readFileSync(marker, "utf8").replace(/"secrets":"[0-9a-f]+"/, '"secrets":"older"'))
  await postgres.start()
  const replication = await openConnection(postgres.address, postgres.server.replicator, "test", {
    replication: "true",
  })
  await replication.end()
  // It may read the log and write nothing.
  const elsewhere = { ...postgres.server.replicator, database: "app" }
  const ordinary = await openConnection(postgres.address, elsewhere, "test")
  await assert.rejects(ordinary.query("create table public.mine ()"), { code: "42501" })
  await ordinary.end()
})
