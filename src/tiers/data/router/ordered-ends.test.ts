import assert from "node:assert/strict"
import { test } from "node:test"
import { Kysely, sql } from "kysely"
import type { DatabaseEntry } from "../../../wire/map.ts"
import { asSuperuser, dataForTests, eventually, mapWith, urlOf } from "../testing/data-for-tests.ts"
import { temporaryFleet } from "../testing/temporary-fleet.ts"
import { BanyanDialect } from "./banyan-dialect.ts"

type Line = { level: "info" | "error"; message: string; reason?: unknown; server?: unknown }

function noted() {
  const told: Line[] = []
  const note = (level: Line["level"]) => (details: object, message: string) =>
    void told.push({ level, message, ...details })
  return { told, log: { info: note("info"), error: note("error") } }
}

test("a server that was told to end is no error in the log, and its end is understood; one that is killed is", async t => {
  const fleet = await temporaryFleet(t, { replicas: 1 })
  const replica = fleet.at("postgres-2")
  await asSuperuser(fleet.primary, "grant pg_read_all_stats to app", "app")
  const { told, log } = noted()
  const dialect = new BanyanDialect({
    primary: urlOf(fleet.primary),
    replicas: [urlOf(replica)],
    watchEveryMs: 100,
    log,
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

test("the planned end of a server is no error either where a connection breaks before the server's word of it is read", async t => {
  const fleet = await temporaryFleet(t, { replicas: 1 })
  const { told, log } = noted()
  const data = dataForTests(t, fleet.primary, { log, settleMs: 0 })
  const follow = (states: Record<string, DatabaseEntry["state"]> = {}) =>
    data.apply(
      mapWith(
        [...fleet.servers].map(([id, { address }]) => {
          const role = id === "postgres-1" ? ("primary" as const) : ("replica" as const)
          return { id, role, address, ...(states[id] && { state: states[id] }) }
        }),
      ),
    )
  const isUsed = async () => {
    await sql`create table if not exists used ()`.execute(data.db())
    await sql`/* banyan: read */ select 1`.execute(data.db())
    return data.report().replicas?.every(({ reading, connections }) => reading && connections > 0)
  }
  const isWatched = (id: string) => {
    const said = told.filter(
      ({ server, message }) => server === id && message !== "this server is the primary",
    )
    return said.at(-1)?.message === "server answers"
  }
  /** Killed: nobody is told why. The watch and the pool each say what they make of it. */
  const linesOfEnd = async (id: string) => {
    await eventually(`an answer of ${id} to its watch`, () => isWatched(id))
    const before = told.length
    await fleet.at(id).kill()
    const ends = () => told.slice(before).filter(({ message }) => /told to end|does not answer/.test(message))
    await eventually(`the end of ${id} in the log, twice`, () => ends().length > 1)
    await fleet.at(id).start()
    return ends().map(({ level }) => level)
  }
  for (const [id, state] of [
    ["postgres-1", "paused"],
    ["postgres-2", "draining"],
  ] as const) {
    follow()
    await eventually("both servers in use", isUsed)
    follow({ [id]: state })
    assert.deepEqual(await linesOfEnd(id), ["info", "info"], `${id}, ${state}`)
    follow()
    await eventually("both servers in use again", isUsed)
    assert.deepEqual(await linesOfEnd(id), ["error", "error"], `${id}, not planned`)
  }
})
