import assert from "node:assert/strict"
import { test } from "node:test"
import { Kysely, sql } from "kysely"
import { asSuperuser, eventually, urlOf } from "../testing/data-for-tests.ts"
import { temporaryFleet } from "../testing/temporary-fleet.ts"
import { BanyanDialect } from "./banyan-dialect.ts"

test("a server that was told to end is no error in the log, and its end is understood; one that is killed is", async t => {
  const fleet = await temporaryFleet(t, { replicas: 1 })
  const replica = fleet.at("postgres-2")
  await asSuperuser(fleet.primary, "grant pg_read_all_stats to app", "app")
  const told: { level: "info" | "error"; message: string; reason: unknown }[] = []
  const note = (level: "info" | "error") => (details: object, message: string) =>
    void told.push({ level, message, reason: "reason" in details ? details.reason : undefined })
  const dialect = new BanyanDialect({
    primary: urlOf(fleet.primary),
    replicas: [urlOf(replica)],
    watchEveryMs: 100,
    log: { info: note("info"), error: note("error") },
  })
  const db = new Kysely<object>({ dialect })
  t.after(() => db.destroy())
  const isRead = (expected: boolean) =>
    eventually(`the replica to be read from: ${expected}`, async () => {
      await sql`select 1`.execute(db)
      return dialect.report()[1]?.reading === expected
    })
  await isRead(true)
  await replica.stop()
  await isRead(false)
  assert.deepEqual(
    told.filter(({ level }) => level === "error"),
    [],
  )
  const ends = told.filter(({ message }) => message.includes("told to end"))
  assert.ok(ends.length > 0)
  for (const { reason } of ends) assert.equal(reason, "terminating connection due to administrator command")

  await replica.start()
  await isRead(true)
  await replica.kill()
  await isRead(false)
  assert.ok(told.some(({ level }) => level === "error"))
})
