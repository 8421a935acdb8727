import assert from "node:assert/strict"
import { test } from "node:test"
import { defaultServerSettings, postgresqlConf } from "../tiers/data/postgres/server/server-settings.ts"
import { whyReserved } from "./config-database-settings.ts"
import { parseConfig } from "./config-problems.ts"

test("settings of Postgres are its own words; what is Banyan's is refused with the reason", () => {
  const settings = { work_mem: "16MB", jit: false, random_page_cost: 1.1, "auto_explain.log_min_duration": 5 }
  assert.deepEqual(parseConfig({ data: { settings } }).data.settings, settings)
  assert.deepEqual(parseConfig({}).data.settings, {})
  const refused: [object, RegExp][] = [
    [
      { shared_buffers: "1GB" },
      /data\/settings\/shared_buffers: should be left out: use data\/sharedBuffersMb/,
    ],
    [{ fsync: false }, /data\/settings\/fsync: should be left out: what is acknowledged is on disk/],
    [{ primary_conninfo: "" }, /primary_conninfo: should be left out: replicas, backups and failover/],
    [{ "Work Mem": 1 }, /data\/settings\/Work Mem: should be a text, a number, true or false, under a name/],
    [{ work_mem: null }, /data\/settings\/work_mem: should be a text, a number/],
    [{ work_mem: "1MB'\nfsync = off" }, /data\/settings\/work_mem: should be one line/],
  ]
  for (const [settings, words] of refused) assert.throws(() => parseConfig({ data: { settings } }), words)
  const elsewhere = { engine: "external", url: "postgres://a@b/c", settings }
  assert.throws(
    () => parseConfig({ data: elsewhere }),
    /data\/settings: should be left out without a database/,
  )
})

test("whatever Banyan writes into postgresql.conf is refused as somebody else's word", () => {
  const conf = postgresqlConf("postgres-1", defaultServerSettings, [])
  const names = [...conf.matchAll(/^([a-z_]+) = /gm)].map(([, name]) => name!)
  assert.ok(names.length > 20)
  assert.deepEqual(
    names.filter(name => whyReserved(name) === undefined),
    [],
  )
})
