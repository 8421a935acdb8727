import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { sql } from "kysely"
import type { DatabaseEntry } from "../../wire/map.ts"
import type { Data } from "./data.ts"
import { lostKindOf } from "./data-errors.ts"
import { atServer, slotOf } from "./postgres/replication/member.ts"
import { ensureSlot } from "./postgres/replication/slots.ts"
import { writeUpstream } from "./postgres/replication/upstream.ts"
import { asSuperuser, dataForTests, eventually, mapWith } from "./testing/data-for-tests.ts"
import { type TemporaryFleet, temporaryFleet } from "./testing/temporary-fleet.ts"

type DB = { notes: { text: string } }
const patience = { gate: { maxWaiting: 100, maxWaitMs: 120_000 }, settleMs: 0 }
const onReplica = sql<{ replica: boolean }>`/* banyan: read */ select pg_is_in_recovery() as replica`

type Role = Omit<DatabaseEntry, "address">
const primary = (id: string, state?: "paused"): Role => ({ id, role: "primary", ...(state && { state }) })
const replica = (id: string, state?: "draining"): Role => ({ id, role: "replica", ...(state && { state }) })

function apply(data: Data, fleet: TemporaryFleet, ...roles: Role[]): void {
  data.apply(mapWith(roles.map(role => ({ ...role, address: fleet.at(role.id).address }))))
}

async function start(t: TestContext, fleet: TemporaryFleet): Promise<Data> {
  const data = dataForTests(t, fleet.primary, patience)
  await sql`create table if not exists notes (text text)`.execute(data.db())
  return data
}

const reading = (data: Data) =>
  (data.report().replicas ?? []).filter(each => each.reading).map(({ id }) => id)
const write = (data: Data, text: string) => data.db<DB>().insertInto("notes").values({ text }).execute()
const answersFromReplica = async (data: Data) => (await onReplica.execute(data.db())).rows[0]?.replica

test("a process follows its map: replicas come and go, a pause holds writes back, a primary is who says so of itself", async t => {
  const fleet = await temporaryFleet(t)
  const data = await start(t, fleet)
  let changes = 0
  data.onChange(() => changes++)

  await t.test("one server: reads go there, and nobody is asked how far it is", async () => {
    assert.equal(data.replicated, false)
    assert.equal(await answersFromReplica(data), false)
    const watching = "select count(*)::int as n from pg_stat_activity where application_name = 'banyan watch'"
    assert.deepEqual(await asSuperuser(fleet.primary, watching), [{ n: 0 }])
  })

  await t.test("replicas of the map are read from, one that drains is not", async () => {
    apply(data, fleet, primary("postgres-1"), replica("postgres-2"), replica("postgres-3"))
    assert.equal(data.replicated, true)
    await eventually("both read from", () => reading(data).length === 2)
    await eventually("an answer of a replica", () => answersFromReplica(data))
    apply(data, fleet, primary("postgres-1"), replica("postgres-2", "draining"), replica("postgres-3"))
    assert.deepEqual(reading(data), ["postgres-3"])
    apply(data, fleet, primary("postgres-1"), replica("postgres-3"))
    assert.deepEqual(
      data.report().replicas?.map(({ id }) => id),
      ["postgres-3"],
    )
  })

  await t.test(
    "a pause: what runs finishes, new work waits, reads go on, and the report tells when it is quiet",
    async () => {
      const trx = await data.db<DB>().startTransaction().execute()
      await trx.insertInto("notes").values({ text: "began before" }).execute()
      apply(data, fleet, primary("postgres-1", "paused"), replica("postgres-3"))
      const waiting = write(data, "waited")
      const session = data.session(client => client.query("select 1 as one"))
      await eventually("the writer waiting", () => data.report().waiting === 1)
      await eventually("a read at the replica", () => answersFromReplica(data))
      assert.deepEqual(data.report().underWay, { "postgres-1": 1 })
      const before = changes
      await trx.insertInto("notes").values({ text: "went on" }).execute()
      await trx.commit().execute()
      assert.deepEqual([data.report().underWay, changes > before], [{}, true])
      apply(data, fleet, primary("postgres-1"), replica("postgres-3"))
      await Promise.all([waiting, session])
    },
  )

  await t.test(
    "the map's new primary is believed once it says so of itself; the old one's connections end at once",
    async () => {
      const busy = sql`select pg_sleep(600)`.execute(data.db())
      busy.catch(() => {})
      await eventually("the sleeper", () => data.report().underWay?.["postgres-1"] === 1)
      apply(data, fleet, primary("postgres-3"), replica("postgres-2"))
      await assert.rejects(busy, error => lostKindOf(error) === "unknown")
      const waiting = write(data, "at the new one")
      await eventually("the refusal", () => !data.report().healthy && data.report().waiting === 1)
      await fleet.primary.kill()
      await promote(fleet, "postgres-3", "postgres-2")
      await waiting
      await eventually("its replica read from", () => reading(data).includes("postgres-2"))
    },
  )

  await t.test(
    "a former primary is not believed by a process that was born later, whatever its map says",
    async () => {
      await fleet.primary.start()
      const address = fleet.primary.address
      const newborn = dataForTests(t, fleet.primary, patience)
      newborn.apply(mapWith([{ ...primary("postgres-1"), address }], { promotions: [{ timeline: 2 }] }))
      const waiting = write(newborn, "never at the former one")
      await eventually("the refusal", () => !newborn.report().healthy && newborn.report().waiting === 1)
      newborn.apply(mapWith([{ ...primary("postgres-3"), address: fleet.at("postgres-3").address }]))
      await waiting
      const notes = await asSuperuser(fleet.at("postgres-3"), "select text from notes order by text", "app")
      const texts = ["at the new one", "began before", "never at the former one", "waited", "went on"]
      assert.deepEqual(
        notes.map(({ text }) => text),
        texts,
      )
    },
  )
})

async function promote(fleet: TemporaryFleet, id: string, follower: string): Promise<void> {
  const next = fleet.at(id)
  const other = fleet.at(follower)
  const { signal } = new AbortController()
  await atServer(next.member, signal, client => ensureSlot(client, slotOf(other.member)))
  await asSuperuser(next, "select pg_promote(false)")
  writeUpstream(other.member, next.member)
  await asSuperuser(other, "select pg_reload_conf()")
}
