import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { BanyanDialect, decodeSession, encodeSession, withCausalSession } from "banyan/data"
import { Kysely, sql } from "kysely"
import type pg from "pg"
import { randomInt, seededRandom } from "../../src/kit/random.ts"
import { monotonicReads } from "../../src/lab/checkers/monotonic-reads.ts"
import { readYourWrites } from "../../src/lab/checkers/read-your-writes.ts"
import type { Operation } from "../../src/lab/history/history.ts"
import { destroyConnection, openConnection } from "../../src/tiers/data/postgres/connection.ts"
import type { TemporaryPostgres } from "../../src/tiers/data/postgres/server/temporary-postgres.ts"
import { urlOf } from "../../src/tiers/data/testing/data-for-tests.ts"
import { type TemporaryFleet, temporaryFleet } from "../../src/tiers/data/testing/temporary-fleet.ts"

/** The long form: `npm run sessions`, which asks for 1,000,000 operations and up to 10 s. */
const wanted = Number(process.env["BANYAN_SESSION_OPERATIONS"] ?? 5000)
const mostLagMs = Number(process.env["BANYAN_SESSION_LAG_MS"] ?? 2000)
const sessions = 24
const registers = 12
/** Few writes: a session that writes all the time is at the primary all the time. */
const writeShare = 0.1
const secret = "test"

type DB = { registers: { key: number; value: string | null; version: number } }

test(`${wanted} operations of ${sessions} sessions in two processes, replicas behind by up to ${mostLagMs} ms: nobody goes back`, async t => {
  const seed = Date.now() % 2 ** 31
  t.diagnostic(`seed ${seed}`)
  const random = seededRandom(seed)
  const fleet = await temporaryFleet(t)
  // Each dialect is what another process would be: they share nothing but the users' tokens.
  const processes = [1, 2].map(() => oneProcess(t, fleet)) as [Kysely<DB>, Kysely<DB>]
  await sql`create table registers (key int primary key, value text, version int not null)`.execute(
    processes[0],
  )
  await sql`insert into registers select n, null, 0 from generate_series(0, ${registers - 1}::int) n`.execute(
    processes[0],
  )

  const replicas = ["postgres-2", "postgres-3"].map(id => superuserOf(t, fleet.at(id)))
  const standstills = await Promise.all(replicas)
  const operations: Operation[] = []
  const places = { replica: 0, primary: 0 }
  let order = 0
  const user = async (session: string) => {
    let token = ""
    while (operations.length < wanted) {
      const db = processes[randomInt(random, 2)] as Kysely<DB>
      const key = randomInt(random, registers)
      const id = `o${operations.length}`
      const operation = {
        id,
        session,
        key: `r${key}`,
        outcome: "ok" as const,
        invokedOrder: ++order,
        invokedMs: 0,
      }
      const at = operations.push({ ...operation, kind: "read", outcome: "unknown" }) - 1
      const causal = decodeSession(token, secret)
      const result = await withCausalSession(causal, () =>
        random() < writeShare ? write(db, key, id) : read(db, key, places),
      )
      token = encodeSession(causal, secret)
      operations[at] = { ...operation, ...result, returnedOrder: ++order, returnedMs: 0 }
    }
  }
  const lag = new AbortController()
  const lagging = standstills.map(server => makeLag(server, random, lag.signal))
  await Promise.all(Array.from({ length: sessions }, (_, n) => user(`s${n}`)))
  lag.abort()
  await Promise.all(lagging)

  t.diagnostic(`reads: ${places.replica} at replicas, ${places.primary} at the primary`)
  assert.ok(places.replica > wanted / 10, "the replicas were hardly asked")
  const header = { title: "router-sessions", seed, startedAtMs: 0 }
  const history = { header, operations, events: [], finals: [], torn: false }
  for (const checker of [readYourWrites, monotonicReads]) {
    const { violations, violated, unknown, checked } = checker.check(history)
    t.diagnostic(`${checker.name}: ${violated} of ${checked}`)
    assert.deepEqual({ first: violations[0]?.words, unknown }, { first: undefined, unknown: [] })
    assert.ok(checked > wanted / 10)
  }
})

function oneProcess(t: TestContext, fleet: TemporaryFleet): Kysely<DB> {
  const [primary, ...replicas] = [...fleet.servers.values()].map(urlOf) as [string, ...string[]]
  const patience = { hungAfterMs: 60_000, gate: { maxWaitMs: 120_000 } }
  const db = new Kysely<DB>({
    dialect: new BanyanDialect({ primary, replicas, watchEveryMs: 100, ...patience }),
  })
  t.after(() => db.destroy())
  return db
}

async function write(db: Kysely<DB>, key: number, value: string) {
  const { version } = await db
    .updateTable("registers")
    .set(eb => ({ value, version: eb("version", "+", 1) }))
    .where("key", "=", key)
    .returning("version")
    .executeTakeFirstOrThrow()
  return { kind: "write" as const, value, version }
}

async function read(db: Kysely<DB>, key: number, places: { replica: number; primary: number }) {
  const { value, version, replica } = await db
    .selectFrom("registers")
    .modifyFront(sql`/* banyan: read */`)
    .select(["value", "version", sql<boolean>`pg_is_in_recovery()`.as("replica")])
    .where("key", "=", key)
    .executeTakeFirstOrThrow()
  places[replica ? "replica" : "primary"]++
  return { kind: "read" as const, saw: value, version }
}

/** Its replay stands still for a while, and goes on for a while. */
async function makeLag(server: pg.Client, random: () => number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await server.query("select pg_wal_replay_pause()")
    await sleep(random() * mostLagMs, undefined, { signal }).catch(() => {})
    await server.query("select pg_wal_replay_resume()")
    await sleep((random() * mostLagMs) / 2, undefined, { signal }).catch(() => {})
  }
}

/** Made while nothing else goes on: in the middle of the load it may take longer than a login is given. */
async function superuserOf(t: TestContext, { address, superuser }: TemporaryPostgres): Promise<pg.Client> {
  const client = await openConnection(address, superuser, "test")
  // Its server ends before it.
  client.on("error", () => {})
  t.after(() => destroyConnection(client))
  return client
}
