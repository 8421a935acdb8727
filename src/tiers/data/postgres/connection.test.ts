import assert from "node:assert/strict"
import { test } from "node:test"
import { eventually } from "../testing/data-for-tests.ts"
import { openConnection, streamOf } from "./connection.ts"
import { temporaryPostgres } from "./server/temporary-postgres.ts"

test("an answer and the server's end read at once: the answer counts, and nobody's process ends for an event without a listener", async t => {
  const { address, superuser } = await temporaryPostgres(t)
  const [client, other] = await Promise.all([
    openConnection(address, superuser, "reads late"),
    openConnection(address, superuser, "ends it"),
  ])
  const { rows } = await client.query("select pg_backend_pid() as pid")
  const count = async (words: string) =>
    (await other.query(`select from pg_stat_activity where pid = $1 and ${words}`, [rows[0].pid])).rowCount

  streamOf(client).pause()
  const answer = client.query("select 7 as seven")
  await eventually("answered", async () => (await count("state = 'idle' and query like '%seven%'")) === 1)
  await other.query("select pg_terminate_backend($1)", [rows[0].pid])
  await eventually("gone", async () => (await count("true")) === 0)
  const ended = new Promise<void>(resolve => client.once("end", resolve))
  streamOf(client).resume()
  assert.deepEqual((await answer).rows, [{ seven: 7 }])
  await ended
  await assert.rejects(client.query("select 1"), /not queryable/)
  await other.end()
})
