import assert from "node:assert/strict"
import { test } from "node:test"
import { ManualClock } from "../../../kit/clock.ts"
import { createTransact } from "../../../tiers/data/index.ts"
import { appDatabase } from "../../fixtures/app-database.ts"
import { createLoginAttemptsTable, createLoginLimit } from "./login-limit.ts"

const minuteMs = 60_000

test("the login limit", async t => {
  const db = await appDatabase<{ login_attempts: { key: string; window_start: Date; count: number } }>(t)
  await createLoginAttemptsTable(db)
  const rows = () => db.selectFrom("login_attempts").selectAll().execute()
  const make = async (clock = new ManualClock(Date.UTC(2026, 0, 1))) => {
    await db.deleteFrom("login_attempts").execute()
    const limit = createLoginLimit({
      transact: createTransact({ db }),
      clock,
      perHandle: { attempts: 3, windowMs: 10 * minuteMs },
      perAddress: { attempts: 6, windowMs: 10 * minuteMs },
    })
    const take = (handle: string, address: string) => limit.take({ handle, address })
    return { limit, clock, take }
  }

  await t.test("so many guesses at one account, from wherever; the window renews itself", async () => {
    const { clock, take } = await make()
    for (const address of ["1", "2", "3"]) assert.deepEqual(await take("anna", address), { allowed: true })
    clock.advance(4 * minuteMs)
    assert.deepEqual(await take("anna", "4"), { allowed: false, retryAfterSeconds: 360 })
    assert.deepEqual(await take("berta", "4"), { allowed: true })
    clock.advance(6 * minuteMs)
    assert.deepEqual(await take("anna", "4"), { allowed: true })
  })

  await t.test("so many guesses from one address; what is over it locks nobody's account", async () => {
    const { take } = await make()
    for (let n = 0; n < 6; n++) assert.equal((await take(`user-${n}`, "evil")).allowed, true)
    for (let n = 0; n < 20; n++) assert.equal((await take("anna", "evil")).allowed, false)
    assert.equal((await take("anna", "home")).allowed, true)
  })

  await t.test("a login that succeeds wipes the slips before it", async () => {
    const { limit, take } = await make()
    for (let n = 0; n < 3; n++) await take("anna", `${n}`)
    await limit.clear("anna")
    assert.equal((await take("anna", "9")).allowed, true)
  })

  await t.test("a burst from many instances at once is counted in full", async () => {
    const { take } = await make()
    const verdicts = await Promise.all(Array.from({ length: 40 }, (_, n) => take("anna", `${n}`)))
    assert.equal(verdicts.filter(({ allowed }) => allowed).length, 3)
  })

  await t.test("whatever a client sends, a row is small and names nobody; old rows go", async () => {
    const { clock, take } = await make()
    await take("x".repeat(1_000_000), "203.0.113.7")
    const [first, second] = await rows()
    for (const row of [first!, second!]) assert.match(row.key, /^(handle|address):[\w-]{43}$/)
    clock.advance(61 * minuteMs)
    await take("anna", "1")
    assert.equal((await rows()).length, 2)
  })
})
