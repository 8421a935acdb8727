import assert from "node:assert/strict"
import { before, type TestContext, test } from "node:test"
import { systemClock } from "../../../../kit/node/system-clock.ts"
import { RequestTracing } from "../../../../telemetry/spans/request-tracing.ts"
import { lostKindOf } from "../../data-errors.ts"
import { openConnection } from "../../postgres/connection.ts"
import { PostgresPool } from "../../postgres/pool.ts"
import type { PoolOptions } from "../../postgres/pool-options.ts"
import { parseLsn } from "../../postgres/replication/lsn.ts"
import { type TemporaryPostgres, temporaryPostgres } from "../../postgres/server/temporary-postgres.ts"
import { asSuperuser, eventually } from "../../testing/data-for-tests.ts"
import { primaryPlace } from "../place-statements.ts"
import type { Part } from "../statements/exchange.ts"
import { SharedReads } from "./shared-reads.ts"

let postgres: TemporaryPostgres
before(async t => {
  postgres = await temporaryPostgres(t as TestContext)
})

const quick = 0.1
const noPlace = { before: false, after: false }

function readsOf(t: TestContext, options: Partial<PoolOptions> = {}, server = postgres) {
  const { address, credentials } = server
  const pool = new PostgresPool({
    size: 4,
    gate: { maxWaiting: 100, maxWaitMs: 30_000 },
    clock: systemClock,
    random: Math.random,
    log: { info() {}, error() {} },
    server: { address, open: () => openConnection(address, credentials, "test", { pipeline: true }) },
    ...options,
  })
  t.after(() => pool.end())
  return { pool, reads: new SharedReads(pool, primaryPlace, () => "postgres-1", systemClock) }
}

/** `tookMs`: what is known of it. */
function part(text: string, tookMs: number | undefined, ...values: unknown[]): Part {
  return {
    statement: { text, kind: "read", uses: 2, ...(tookMs !== undefined && { tookMs }) },
    values,
  }
}

/** So many connections, all idle. */
async function open(pool: ReturnType<typeof readsOf>["pool"], count: number): Promise<void> {
  const clients = await Promise.all(Array.from({ length: count }, () => pool.connect()))
  for (const client of clients) client.release()
}

const whoAmI = "select pg_backend_pid() as pid, txid_current_if_assigned() as nothing, $1::int as number"

test("reads of one turn travel on one connection, each with its own answer; the place is asked once for all", async t => {
  const { pool, reads } = readsOf(t)
  await open(pool, 4)
  const who = part(whoAmI, quick)
  const answers = await Promise.all(
    [1, 2, 3, 4].map(number => reads.read({ ...who, values: [number] }, { before: true, after: true })),
  )
  assert.equal(new Set(answers.map(({ result }) => result.rows[0]?.["pid"])).size, 1)
  assert.deepEqual(
    answers.map(({ result }) => result.rows[0]?.["number"]),
    [1, 2, 3, 4],
  )
  const [first] = answers
  assert.match(String(first?.before?.rows[0]?.["lsn"]), /^[0-9A-F]+\/[0-9A-F]+$/)
  for (const { before, after } of answers) {
    assert.equal(before, first?.before)
    assert.equal(after, first?.after)
  }
})

test("the place before is one before all of them, the place after one after all of them", async t => {
  const { pool, reads } = readsOf(t)
  await open(pool, 2)
  const sleeps = part("select 1 from pg_sleep(0.5) -- under way", quick)
  const asks = { before: true, after: true }
  const answers = Promise.all([sleeps, part(whoAmI, quick, 1)].map(each => reads.read(each, asks)))
  const isAsleep = "select 1 from pg_stat_activity where query like '%under way' and wait_event = 'PgSleep'"
  await eventually("it sleeps", async () => (await asSuperuser(postgres, isAsleep)).length === 1)
  await asSuperuser(postgres, "create table written_meanwhile ()")
  const [row] = await asSuperuser(postgres, "select pg_current_wal_flush_lsn()::text as lsn")
  const written = parseLsn(String(row?.["lsn"]))
  for (const { before, after } of await answers) {
    assert.ok(parseLsn(String(before?.rows[0]?.["lsn"])) < written)
    assert.ok(parseLsn(String(after?.rows[0]?.["lsn"])) >= written)
  }
})

test("what fails fails alone, and those behind it are answered", async t => {
  const { pool, reads } = readsOf(t)
  await open(pool, 1)
  const divide = part("select 10 / $1::int as tenth", quick)
  const settled = await Promise.allSettled(
    [1, 0, 5].map(number => reads.read({ ...divide, values: [number] }, { before: false, after: true })),
  )
  assert.deepEqual(
    settled.map(each =>
      each.status === "fulfilled"
        ? each.value.result.rows[0]?.["tenth"]
        : (each.reason as { code: string }).code,
    ),
    [10, "22012", 2],
  )
  assert.equal(pool.report().connections, 1)
})

test("nobody travels with what is slow, or not known yet", async t => {
  const { pool, reads } = readsOf(t)
  await open(pool, 4)
  const answered: string[] = []
  const ask = async (name: string, which: Part) => {
    const { result } = await reads.read(which, noPlace)
    answered.push(name)
    return result.rows[0]?.["pid"]
  }
  const sleeps = "select pg_backend_pid() as pid from pg_sleep(0.3)"
  const [slow, unknown, ...others] = await Promise.all([
    ask("slow", part(sleeps, 300)),
    ask("unknown", part(sleeps, undefined)),
    ask("quick", part(whoAmI, quick, 1)),
    ask("quick", part(whoAmI, quick, 2)),
  ])
  assert.deepEqual(answered.slice(0, 2), ["quick", "quick"])
  assert.equal(others[0], others[1])
  assert.equal(new Set([slow, unknown, others[0]]).size, 3)
})

test("while others are under way those who come gather, but not for long behind one that became slow", async t => {
  const { pool, reads } = readsOf(t)
  await open(pool, 4)
  const sleeps = () => reads.read(part("select 1 from pg_sleep(1)", quick), noPlace)
  // As many companies as may be under way; a turn each.
  const slow: Promise<unknown>[] = []
  for (let company = 0; company < 3; company++) {
    slow.push(sleeps())
    await new Promise(resolve => setImmediate(resolve))
  }
  const startedMs = performance.now()
  const pids = await Promise.all([1, 2, 3].map(number => reads.read(part(whoAmI, quick, number), noPlace)))
  assert.ok(performance.now() - startedMs < 900, "they waited for what was slow")
  assert.equal(new Set(pids.map(({ result }) => result.rows[0]?.["pid"])).size, 1)
  await Promise.all(slow)
})

test("where no connection is free, each waits at the gate, within its bounds", async t => {
  const { pool, reads } = readsOf(t, { size: 1, gate: { maxWaiting: 2, maxWaitMs: 30_000 } })
  const held = await pool.connect()
  const settled = Promise.allSettled(
    [1, 2, 3].map(number => reads.read(part(whoAmI, quick, number), noPlace)),
  )
  await eventually("two wait", () => pool.report().waiting === 2)
  held.release()
  assert.deepEqual(
    (await settled).map(each =>
      each.status === "fulfilled"
        ? each.value.result.rows[0]?.["number"]
        : (each.reason as { code: string }).code,
    ),
    [1, 2, "BN2201"],
  )
})

test("a connection lost under them: each is told, unless it has its answer; the next ones are answered", async t => {
  const { pool, reads } = readsOf(t)
  await open(pool, 1)
  // The second ends the session of all.
  const own = part("select $1::int as number", quick)
  const ends = part("select pg_terminate_backend(pg_backend_pid()), pg_sleep(10), $1::int as number", quick)
  const settled = await Promise.allSettled([
    reads.read({ ...own, values: [1] }, noPlace),
    reads.read({ ...ends, values: [2] }, noPlace),
    reads.read({ ...own, values: [3] }, noPlace),
  ])
  assert.equal(settled[0]?.status, "fulfilled")
  for (const each of settled.slice(1)) {
    assert.equal(each.status, "rejected")
    assert.notEqual(lostKindOf(each.reason), undefined)
  }
  const { result } = await reads.read({ ...own, values: [4] }, noPlace)
  assert.equal(result.rows[0]?.["number"], 4)
})

test("what the server has forgotten is parsed anew", async t => {
  const { pool, reads } = readsOf(t, { size: 1 })
  await open(pool, 1)
  const who = part(whoAmI, quick)
  const both = () => Promise.all([1, 2].map(number => reads.read({ ...who, values: [number] }, noPlace)))
  await both()
  const client = await pool.connect()
  await client.query("deallocate all")
  client.release()
  const answers = await both()
  assert.deepEqual(
    answers.map(({ result }) => result.rows[0]?.["number"]),
    [1, 2],
  )
})

test("each request's span has its own statement, and not those it travelled with", async t => {
  const { pool, reads } = readsOf(t)
  await open(pool, 1)
  const tracing = new RequestTracing(systemClock, Math.random)
  const records = await Promise.all(
    [1, 2].map(async number => {
      const record = tracing.begin({ method: "GET", traceParent: undefined })
      await record.run(() => reads.read(part(`select ${number} as number`, quick), noPlace))
      return record.end(200)
    }),
  )
  assert.deepEqual(
    records.map(spans => spans.map(({ details }) => details)),
    [1, 2].map(number => [{ sql: `select ${number} as number`, server: "postgres-1" }]),
  )
})

test("a server that goes away while they gather", async t => {
  const own = await temporaryPostgres(t)
  const { pool, reads } = readsOf(t, { gate: { maxWaiting: 100, maxWaitMs: 300 } }, own)
  await open(pool, 2)
  const work = Array.from({ length: 20 }, (_, number) => reads.read(part(whoAmI, quick, number), noPlace))
  const killed = own.kill()
  const settled = await Promise.allSettled(work)
  await killed
  for (const each of settled)
    if (each.status === "rejected")
      assert.ok(lostKindOf(each.reason) !== undefined || (each.reason as { code: string }).code === "BN2202")
})
