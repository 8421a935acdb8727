import assert from "node:assert/strict"
import { before, type TestContext, test } from "node:test"
import { sql } from "kysely"
import { mostEmbeddedConnections } from "../../topology/config.ts"
import { connectionShareOf } from "../../topology/connection-share.ts"
import { scalable } from "../../topology/topology.ts"
import type { ServiceMap } from "../../wire/map.ts"
import { type TemporaryPostgres, temporaryPostgres } from "./postgres/server/temporary-postgres.ts"
import { asSuperuser, dataForTests, eventually, mapWith } from "./testing/data-for-tests.ts"

/** With the number of connections that servers of ours take. */
let server: TemporaryPostgres
before(async t => {
  server = await temporaryPostgres(t as TestContext)
})

function mapFor(processes: number): ServiceMap {
  const connectionShare = connectionShareOf(processes, mostEmbeddedConnections)
  return mapWith([{ id: "postgres-1", role: "primary", address: server.address }], {
    settings: { drainTimeoutMs: 1000, connectionShare },
  })
}

async function connections(): Promise<number> {
  const ours = `select count(*)::int as n from pg_stat_activity where usename = '${server.credentials.user}'`
  return (await asSuperuser(server, ours))[0]?.["n"] as number
}

test("sixteen instances with more work than connections never exceed the server; nothing fails", async t => {
  const { most } = scalable.web
  const all = Array.from({ length: most }, () => dataForTests(t, server, { poolSize: 100 }))
  for (const data of all) data.apply(mapFor(most))
  let stop = false
  const user = async (data: (typeof all)[number]) => {
    while (!stop) await sql`select pg_sleep(0.02)`.execute(data.db())
  }
  const work = all.flatMap(data => [
    data.listen("news", () => {}),
    data.session(client => client.query("select pg_sleep(0.5)")),
    ...Array.from({ length: 15 }, () => user(data)),
  ])
  const perProcess = connectionShareOf(most, mostEmbeddedConnections)
  let seen = 0
  await eventually("pools filled up", async () => {
    const now = await connections()
    seen = Math.max(seen, now)
    assert.ok(now <= mostEmbeddedConnections, `${now}`)
    return now >= most * (perProcess - 3)
  })
  stop = true
  await Promise.all(work)
  assert.ok(seen <= mostEmbeddedConnections)
})

test("a smaller share closes what is idle at once, and what is at work when it comes back", async t => {
  const data = dataForTests(t, server, { poolSize: 20 })
  const release = Promise.withResolvers<void>()
  const busy = Array.from({ length: 20 }, (_, nth) =>
    data
      .db<never>()
      .connection()
      .execute(async one => {
        await sql`select 1`.execute(one)
        if (nth < 12) await release.promise
      }),
  )
  await eventually("eight idle, twelve at work", () => {
    const { connections, underWay } = data.report()
    return connections === 20 && underWay?.["postgres-1"] === 12
  })
  data.apply(mapFor(mostEmbeddedConnections / 8))
  assert.equal(data.report().connections, 12)
  release.resolve()
  await Promise.all(busy)
  assert.equal(data.report().connections, 5)
  data.apply(mapWith([{ id: "postgres-1", role: "primary", address: server.address }]))
  const again = Array.from({ length: 40 }, () => sql`select pg_sleep(0.05)`.execute(data.db()))
  await Promise.all(again)
  assert.ok(data.report().connections > 5)
})
