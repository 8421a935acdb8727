import assert from "node:assert/strict"
import { test } from "node:test"
import { sql, type Transaction } from "kysely"
import { ManualClock } from "../../../kit/clock.ts"
import { createTransact } from "../../../tiers/data/index.ts"
import { appDatabase } from "../../fixtures/app-database.ts"
import type { KeyedRequest } from "../idempotency.ts"
import { createIdempotencyTable, createPostgresIdempotency } from "./postgres-idempotency.ts"

type Db = { orders: { text: string }; idempotency_keys: { home: string } }

const hourMs = 60 * 60 * 1000
const home = "018f4c1e-7b1a-7c3d-8e4f-5a6b7c8d9e0f"
const elsewhere = "018f4c1e-7b1a-7c3d-8e4f-5a6b7c8d9e10"

test("idempotency in Postgres", async t => {
  const db = await appDatabase<Db>(t)
  await createIdempotencyTable(db)
  await sql`create table orders (text text not null)`.execute(db)
  const clock = new ManualClock(Date.UTC(2026, 0, 1))
  const transact = createTransact({ db })
  const idempotency = createPostgresIdempotency({ transact, clock, waitMs: 10_000 })
  const orders = async () => (await db.selectFrom("orders").selectAll().execute()).map(row => row.text)
  const keys = async () => (await db.selectFrom("idempotency_keys").selectAll().execute()).length
  const clean = async () => void (await sql`truncate orders, idempotency_keys`.execute(db))

  let made = 0
  const order = async (tx: Transaction<Db>) => {
    await tx
      .insertInto("orders")
      .values({ text: `order ${++made}` })
      .execute()
    const headers = { location: `/orders/${made}`, "set-cookie": "a=b", "content-type": "text/plain" }
    return new Response(`ordered no. ${made} ✓`, { status: 201, headers })
  }
  const ask = (change: Partial<KeyedRequest> = {}, work = order) =>
    idempotency.once({ key: "k", owner: "anna", home, asked: "POST /orders {}", ...change }, work)
  const seen = async (answer: Response) => ({
    status: answer.status,
    location: answer.headers.get("location"),
    replayed: answer.headers.get("idempotency-replayed"),
    text: await answer.text(),
  })

  await t.test("done once, answered each time the same; a cookie is handed out once", async () => {
    await clean()
    const first = await ask()
    const again = await ask({ key: '"k"' })
    assert.deepEqual([first.headers.get("set-cookie"), again.headers.get("set-cookie")], ["a=b", null])
    assert.equal(again.headers.get("content-type"), "text/plain")
    const { replayed, ...rest } = await seen(first)
    assert.deepEqual(await seen(again), { ...rest, replayed: "true" })
    assert.deepEqual([replayed, (await orders()).length], [null, 1])
  })

  await t.test("another key, another user, another home, no key: another request", async () => {
    await clean()
    for (const change of [
      {},
      { key: "l" },
      { owner: "berta" },
      { home: elsewhere },
      { key: null },
      { key: undefined },
    ])
      assert.equal((await ask(change)).headers.get("idempotency-replayed"), null, JSON.stringify(change))
    assert.deepEqual([(await orders()).length, await keys()], [6, 4])
  })

  await t.test("owner and key do not run into each other", async () => {
    await clean()
    await ask({ owner: "a", key: "bc" })
    assert.equal((await ask({ owner: "ab", key: "c" })).headers.get("idempotency-replayed"), null)
  })

  await t.test(
    "the same key with another request is refused, and what is no key; nothing is done",
    async () => {
      await clean()
      await ask()
      await assert.rejects(ask({ asked: "POST /orders {x}" }), { code: "BN2305" })
      await assert.rejects(ask({ key: "" }), { code: "BN2304" })
      await assert.rejects(ask({ key: "a, b" }), { code: "BN2304" })
      assert.equal((await orders()).length, 1)
    },
  )

  await t.test("what throws leaves neither work nor key behind, and the next try begins anew", async () => {
    await clean()
    const failing = async (tx: Transaction<Db>) => {
      await order(tx)
      throw new Error("out of bagels")
    }
    await assert.rejects(ask({}, failing), /out of bagels/)
    assert.deepEqual([(await orders()).length, await keys()], [0, 0])
    assert.equal((await seen(await ask())).replayed, null)
  })

  await t.test("many at once: one does it, the others wait and get its answer", async () => {
    await clean()
    const answers = await Promise.all(Array.from({ length: 20 }, async () => seen(await ask())))
    assert.equal(new Set(answers.map(answer => answer.text)).size, 1)
    assert.deepEqual(
      [answers.filter(answer => answer.replayed === null).length, (await orders()).length],
      [1, 1],
    )
  })

  await t.test("the work's own statements wait for locks as long as ever", async () => {
    await clean()
    const patience = async (tx: Transaction<Db>) => {
      const { rows } = await sql<{ lock_timeout: string }>`show lock_timeout`.execute(tx)
      return new Response(rows[0]?.lock_timeout)
    }
    assert.equal(await (await ask({}, patience)).text(), "0")
  })

  await t.test("who waits too long for the first is told so; the first is done all the same", async () => {
    await clean()
    const impatient = createPostgresIdempotency({ transact, clock, waitMs: 50 })
    const begun = Promise.withResolvers<void>()
    const mayEnd = Promise.withResolvers<void>()
    const first = ask({}, async tx => {
      begun.resolve()
      await mayEnd.promise
      return order(tx)
    })
    await begun.promise
    const request = { key: "k", owner: "anna", home, asked: "POST /orders {}" }
    await assert.rejects(impatient.once(request, order), { code: "BN2306", message: /waited 50 ms/ })
    mayEnd.resolve()
    assert.equal((await first).status, 201)
    assert.equal((await orders()).length, 1)
  })

  await t.test(
    "a connection that is lost on the way costs nothing: it is done after all, and once",
    async () => {
      await clean()
      let runs = 0
      const answer = await ask({}, async tx => {
        const response = await order(tx)
        if (++runs === 1) await sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx)
        return response
      })
      assert.deepEqual([answer.status, runs, (await orders()).length, await keys()], [201, 2, 1, 1])
      const always = ask({ key: "l" }, async tx => {
        runs++
        await sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx)
        return order(tx)
      })
      await assert.rejects(always, { code: "BN2203" })
      assert.equal(runs, 12)
    },
  )

  await t.test(
    "a key is known for a day; keys that are over go with the writes of their home, ten at a time",
    async () => {
      await clean()
      for (let count = 0; count < 25; count++) await ask({ key: `old-${count}` })
      await ask({ key: "old", home: elsewhere })
      clock.advance(24 * hourMs - 1)
      assert.equal((await ask({ key: "old-0" })).headers.get("idempotency-replayed"), "true")
      clock.advance(1)
      assert.equal((await ask({ key: "old-0", asked: "other" })).headers.get("idempotency-replayed"), null)
      assert.equal(await keys(), 16)
      for (const key of ["a", "b"]) await ask({ key })
      assert.equal(await keys(), 4, "three new ones, and the one that is elsewhere")
    },
  )

  await t.test(
    "an answer without a body stays without; one too large to keep is refused with its work",
    async () => {
      await clean()
      const empty = async () => new Response(null, { status: 204 })
      await ask({}, empty)
      assert.deepEqual(await seen(await ask({}, empty)), {
        status: 204,
        location: null,
        replayed: "true",
        text: "",
      })
      const huge = async (tx: Transaction<Db>) => {
        await order(tx)
        return new Response("x".repeat(256 * 1024 + 1))
      }
      await assert.rejects(ask({ key: "l" }, huge), { code: "BN2307" })
      assert.equal((await orders()).length, 0)
    },
  )
})
