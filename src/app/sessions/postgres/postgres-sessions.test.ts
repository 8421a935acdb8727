import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { test } from "node:test"
import { sql } from "kysely"
import { ManualClock } from "../../../kit/clock.ts"
import { createTransact } from "../../../tiers/data/index.ts"
import { appDatabase } from "../../fixtures/app-database.ts"
import { createPostgresSessions, createSessionsTable } from "./postgres-sessions.ts"

const anna = "018f4c1e-7b1a-7c3d-8e4f-5a6b7c8d9e0f"
const berta = "018f4c1e-7b1a-7c3d-8e4f-5a6b7c8d9e10"
const dayMs = 24 * 60 * 60 * 1000
const born = Date.UTC(2026, 0, 1)

/** What a browser sends back. */
const cookieOf = (setCookie: string) => setCookie.split(";")[0]!

test("sessions in Postgres", async t => {
  const db = await appDatabase<{ sessions: { user_id: string; token_hash: Buffer; expires_at: Date } }>(t)
  await createSessionsTable(db)
  const transact = createTransact({ db })
  const rows = () => db.selectFrom("sessions").selectAll().execute()
  const clean = () => db.deleteFrom("sessions").execute()

  await t.test("an open session is found by its cookie, among others, until it is closed", async () => {
    const sessions = createPostgresSessions({
      db,
      transact,
      clock: new ManualClock(born),
      secure: false,
    })
    const { cookie } = await sessions.open(anna)
    assert.match(cookie, /^session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=7776000$/)
    const header = `a=b; ${cookieOf(cookie)}; session=later`
    const found = await sessions.find(header)
    assert.equal(found?.userId, anna)
    assert.deepEqual(found?.createdAt, new Date(born))
    assert.deepEqual(found?.expiresAt, new Date(born + 14 * dayMs))
    assert.match(await sessions.close(header), /^session=; Path=\/; HttpOnly; SameSite=Lax; Max-Age=0$/)
    assert.equal(await sessions.find(header), undefined)
    assert.match(await sessions.close(null), /Max-Age=0/)
  })

  await t.test("behind TLS the cookie is Secure and bound to the host", async () => {
    const sessions = createPostgresSessions({ db, transact, secure: true })
    const { cookie } = await sessions.open(anna)
    assert.match(cookie, /^__Host-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure; /)
    assert.equal((await sessions.find(cookieOf(cookie)))?.userId, anna)
    assert.equal(await sessions.find(cookieOf(cookie).replace("__Host-", "")), undefined)
  })

  await t.test("the token is not in the table, only its hash", async () => {
    await clean()
    const { token } = await createPostgresSessions({
      db,
      transact,
      secure: false,
    }).open(anna)
    const bytes = Buffer.from(token, "base64url")
    assert.equal(bytes.length, 32)
    const [row] = await rows()
    assert.deepEqual(row!.token_hash, createHash("sha256").update(bytes).digest())
    assert.equal(row!.token_hash.includes(bytes.subarray(16)), false)
  })

  await t.test("login rotates: the session it came with ends, whosever it was", async () => {
    const sessions = createPostgresSessions({ db, transact, secure: false })
    const before = cookieOf((await sessions.open(anna)).cookie)
    const after = cookieOf((await sessions.open(berta, before)).cookie)
    assert.notEqual(before, after)
    assert.equal(await sessions.find(before), undefined)
    assert.equal((await sessions.find(after))?.userId, berta)
  })

  await t.test(
    "what is malformed, forged or nobody's is no session, and asks the database nothing it need not",
    async () => {
      const sessions = createPostgresSessions({ db, transact, secure: false })
      const { token } = await sessions.open(anna)
      const other = (last: string) => token.slice(0, -1) + last
      const forged = Buffer.from(token, "base64url")
      forged.writeUInt8(forged.readUInt8(20) ^ 1, 20)
      const stranger = Buffer.from(token, "base64url")
      stranger.writeUInt8(stranger.readUInt8(0) ^ 1, 0)
      const wrong = [
        "",
        "x",
        `${token}x`,
        token.slice(1),
        "' or 1=1 --",
        "x".repeat(100_000),
        "=".repeat(43),
        forged.toString("base64url"),
        stranger.toString("base64url"),
        // The same bytes in another spelling: its last character has two bits to spare.
        ...["B", "C", "D"].map(last => other(last)).filter(text => text !== token),
      ]
      for (const value of wrong)
        assert.equal(await sessions.find(`session=${value}`), undefined, value.slice(0, 60))
      assert.equal(await sessions.find(null), undefined)
      assert.equal(await sessions.find("session"), undefined)
      assert.equal((await sessions.find(`session=${token}`))?.userId, anna)
      await assert.rejects(sessions.open("not a uuid"), { code: "BN2303" })
    },
  )

  await t.test(
    "an unused session ends; a used one lives on, but not for ever; its end is moved seldom",
    async () => {
      const clock = new ManualClock(born)
      const sessions = createPostgresSessions({ db, transact, clock, secure: false })
      const idle = cookieOf((await sessions.open(berta)).cookie)
      const used = cookieOf((await sessions.open(anna)).cookie)
      const expiry = async () => (await sessions.find(used))?.expiresAt.getTime()
      clock.advance(9 * 60 * 1000)
      assert.equal(await expiry(), born + 14 * dayMs)
      clock.advance(60 * 1000)
      assert.equal(await expiry(), born + 14 * dayMs + 10 * 60 * 1000)
      for (let day = 0; day < 88; day += 11) {
        clock.advance(11 * dayMs)
        assert.notEqual(await expiry(), undefined)
      }
      assert.equal(await sessions.find(idle), undefined)
      assert.equal(await expiry(), born + 90 * dayMs)
      clock.advance(3 * dayMs)
      assert.equal(await expiry(), undefined)
    },
  )

  await t.test(
    "an expired session cannot be found before it is removed; the user's next login removes it",
    async () => {
      await clean()
      const clock = new ManualClock(born)
      const sessions = createPostgresSessions({
        db,
        transact,
        clock,
        secure: false,
        lifetimeMs: 1000,
      })
      await sessions.open(anna)
      await sessions.open(berta)
      clock.advance(1000)
      await sessions.open(anna)
      assert.deepEqual((await rows()).map(row => row.user_id).sort(), [anna, berta].sort())
    },
  )

  await t.test("revokeAll ends every session of one user, for every instance at once", async () => {
    await clean()
    const here = createPostgresSessions({ db, transact, secure: false })
    const there = createPostgresSessions({ db, transact, secure: false })
    const cookies = await Promise.all(
      [anna, anna, anna, berta].map(async user => cookieOf((await here.open(user)).cookie)),
    )
    assert.equal(await there.revokeAll(anna), 3)
    const found = await Promise.all(cookies.map(cookie => here.find(cookie)))
    assert.deepEqual(
      found.map(session => session?.userId),
      [undefined, undefined, undefined, berta],
    )
  })

  await t.test("a session is found through its key, not by looking through all", async () => {
    await clean()
    await sql`
      insert into sessions
      select gen_random_uuid(), sha256(n::text::bytea), now(), now() from generate_series(1, 20000) n`.execute(
      db,
    )
    await sql`analyze sessions`.execute(db)
    const { rows: lines } = await sql<{ "QUERY PLAN": string }>`
      explain select * from sessions
      where user_id = ${anna}::uuid and token_hash = sha256('x') and expires_at > now()`.execute(db)
    assert.match(lines[0]!["QUERY PLAN"], /^Index Scan using sessions_pkey/)
  })
})
