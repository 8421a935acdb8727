import assert from "node:assert/strict"
import { test } from "node:test"
import { Kysely, sql } from "kysely"
import { lostKindOf } from "../data-errors.ts"
import { atServer, slotOf } from "../postgres/replication/member.ts"
import { ensureSlot } from "../postgres/replication/slots.ts"
import { writeUpstream } from "../postgres/replication/upstream.ts"
import type { TemporaryPostgres } from "../postgres/server/temporary-postgres.ts"
import { asSuperuser, eventually, urlOf } from "../testing/data-for-tests.ts"
import { temporaryFleet } from "../testing/temporary-fleet.ts"
import { BanyanDialect } from "./banyan-dialect.ts"
import { CausalSession, withCausalSession } from "./session/causal-session.ts"

type DB = { notes: { text: string } }

async function promote(replica: TemporaryPostgres, follower: TemporaryPostgres): Promise<void> {
  const { signal } = new AbortController()
  await atServer(replica.member, signal, client => ensureSlot(client, slotOf(follower.member)))
  await asSuperuser(replica, "select pg_promote(false)")
  writeUpstream(follower.member, replica.member)
  await asSuperuser(follower, "select pg_reload_conf()")
}

test("a promotion is found by asking; work waits, nothing acknowledged is lost, nobody goes back behind what they saw", async t => {
  const fleet = await temporaryFleet(t)
  const [old, next, third] = ["postgres-1", "postgres-2", "postgres-3"].map(id => fleet.at(id)) as [
    TemporaryPostgres,
    TemporaryPostgres,
    TemporaryPostgres,
  ]
  // The one that will be promoted holds every acknowledged write.
  await asSuperuser(old, "alter system set synchronous_standby_names to '\"postgres-2\"'")
  await asSuperuser(old, "select pg_reload_conf()")
  await asSuperuser(old, "grant pg_read_all_stats to app", "app")
  const dialect = new BanyanDialect({
    primary: urlOf(old),
    replicas: [urlOf(next), urlOf(third)],
    watchEveryMs: 100,
    hungAfterMs: 60_000,
    gate: { maxWaitMs: 120_000 },
  })
  const db = new Kysely<DB>({ dialect })
  t.after(() => db.destroy())
  await sql`create table notes (text text primary key)`.execute(db)

  const acknowledged: string[] = []
  const unexpected: unknown[] = []
  let stop = false
  const user = async (name: string) => {
    const session = new CausalSession()
    for (let n = 0; !stop; n++) {
      const text = `${name}-${n}`
      try {
        await withCausalSession(session, () => db.insertInto("notes").values({ text }).execute())
        acknowledged.push(text)
      } catch (error) {
        if (lostKindOf(error) === undefined) unexpected.push(error)
        continue
      }
      const seen = await withCausalSession(session, () =>
        db.selectFrom("notes").select("text").where("text", "=", text).execute(),
      )
      if (seen.length !== 1) unexpected.push(`${text} was not seen by its writer`)
    }
  }
  const users = ["a", "b", "c"].map(user)
  await eventually("writes", () => acknowledged.length > 30)
  await old.kill()
  await promote(next, third)
  const before = acknowledged.length
  await eventually("writes at the new primary", () => acknowledged.length > before + 30)
  const roles = () => dialect.report().map(({ role, timeline, reading }) => ({ role, timeline, reading }))
  await eventually("the other replica read from again", () => roles()[2]?.reading)
  assert.deepEqual(roles().slice(1), [
    { role: "primary", timeline: 2, reading: false },
    { role: "replica", timeline: 2, reading: true },
  ])

  // The former primary comes back as if nothing had happened, and nobody believes it.
  await old.start()
  await eventually("the former primary's answer", () => dialect.report()[0]?.role !== "away")
  const then = acknowledged.length
  await eventually("writes go on", () => acknowledged.length > then + 30)
  stop = true
  await Promise.all(users)
  assert.deepEqual(unexpected, [])
  const stored = new Set((await asSuperuser(next, "select text from notes", "app")).map(({ text }) => text))
  assert.deepEqual(
    acknowledged.filter(text => !stored.has(text)),
    [],
  )
})

test("without a primary, work waits as long as the gate allows and then says why; reads of strangers go on", async t => {
  const fleet = await temporaryFleet(t, { replicas: 1 })
  const { primary } = fleet
  const options = {
    primary: urlOf(primary),
    replicas: [urlOf(fleet.at("postgres-2"))],
    watchEveryMs: 50,
    hungAfterMs: 60_000,
  }
  const dialect = new BanyanDialect({ ...options, gate: { maxWaitMs: 500 } })
  const db = new Kysely<DB>({ dialect })
  t.after(() => db.destroy())
  await eventually("the table on the replica", async () => {
    await sql`create table if not exists notes (text text)`.execute(db)
    return dialect.report()[1]?.reading && dialect.report()[1]?.lagBytes === 0
  })
  await primary.kill()
  await assert.rejects(
    db.insertInto("notes").values({ text: "x" }).execute(),
    (error: Error & { code?: string }) => {
      // The statement that meets the dead connection learns that it was lost.
      return error.code === "BN2202" || lostKindOf(error) !== undefined
    },
  )
  await assert.rejects(db.insertInto("notes").values({ text: "x" }).execute(), { code: "BN2202" })
  const read = () => db.selectFrom("notes").selectAll().execute()
  assert.deepEqual(await withCausalSession(new CausalSession(), read), [])
})
