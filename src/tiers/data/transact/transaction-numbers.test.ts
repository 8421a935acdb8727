import assert from "node:assert/strict"
import { test } from "node:test"
import { Kysely } from "kysely"
import { destroyConnection, openConnection } from "../postgres/connection.ts"
import { wasRefused } from "../postgres/lost-work.ts"
import { temporaryPostgres } from "../postgres/server/temporary-postgres.ts"
import { BanyanDialect } from "../router/banyan-dialect.ts"
import { asSuperuser, eventually, urlOf } from "../testing/data-for-tests.ts"
import { fenceOff, leave, leaving } from "./lanes.ts"
import { createTransactTable } from "./lanes-table.ts"

test("after a crash the server gives a lost transaction's number to another, and calls it committed; its lane does not", async t => {
  const postgres = await temporaryPostgres(t)
  const db = new Kysely<unknown>({ dialect: new BanyanDialect({ primary: urlOf(postgres) }) })
  t.after(() => db.destroy())
  await createTransactTable(db)
  const ticket = { lane: "018f4c1e-7b1a-7c3d-8e4f-5a6b7c8d9e0f", n: 2 }
  const client = await openConnection(postgres.address, postgres.credentials, "lost")
  await client.query("begin")
  const { rows } = await client.query<{ xid: string }>("select pg_current_xact_id()::text as xid")
  const xid = rows[0]?.xid as string
  await postgres.killWholly()
  await eventually("node-postgres to refuse more, in words that are known", () =>
    client.query("select 1").then(() => false, wasRefused),
  )
  destroyConnection(client)
  await postgres.start()

  // The same timeline: no promotion, and no horizon that anybody could have read.
  for (let n = 0; n < 3; n++) await asSuperuser(postgres, `create table other_${n} (id int)`)
  const status = await asSuperuser(postgres, `select pg_xact_status('${xid}') as status`)
  assert.deepEqual(status, [{ status: "committed" }], "asked naively: it was done")
  const late = await asSuperuser(
    postgres,
    `select pg_snapshot_xmax(pg_current_snapshot()) > '${xid}' as below`,
  )
  assert.deepEqual(late, [{ below: true }], "a horizon that is read now is too late: it arrived")
  assert.equal(await fenceOff(db, ticket), false)

  // And should it come after all, it breaks.
  const again = await openConnection(postgres.address, postgres.credentials, "late")
  const lateOne = again.query(leave.text, [...leaving(ticket)])
  await assert.rejects(lateOne, { code: "23502" })
  destroyConnection(again)
})
