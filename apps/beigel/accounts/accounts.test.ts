import assert from "node:assert/strict"
import test from "node:test"
import { type TestBeigel, testBeigel } from "../test/test-beigel.ts"
import { assertRefused } from "../test/visitor.ts"

test("accounts", async t => {
  const beigel = await testBeigel(t)

  await t.test("sign up, out and in again", async () => {
    const anna = beigel.visitor()
    const made = await anna.signUp("Anna")
    assert.equal(made.body.user.handle, "Anna")
    assert.match(made.headers.get("set-cookie")!, /HttpOnly; SameSite=Lax/)
    assert.deepEqual((await anna.get("/api/me")).body, made.body)

    assert.equal((await anna.post("/api/logout")).status, 204)
    assert.deepEqual((await anna.get("/api/me")).body, { user: null })
    assert.equal((await anna.post("/api/logout")).status, 204)

    const back = await anna.post("/api/login", { handle: "anna", password: "correct horse" })
    assert.equal(back.status, 200)
    assert.deepEqual(back.body, made.body)
  })

  await t.test("a sign-up whose answer was lost may be repeated, with the same password only", async () => {
    const first = await beigel.visitor().signUp("berta")
    const again = await beigel.visitor().post("/api/signup", { handle: "Berta", password: "correct horse" })
    assert.equal(again.status, 200)
    assert.deepEqual(again.body, first.body)
    const other = await beigel.visitor().post("/api/signup", { handle: "berta", password: "another horse" })
    assertRefused(other, 409, "handle-taken", "body.handle")
  })

  await t.test("a claim without a user is completed by the next sign-up", async () => {
    await beigel.db
      .insertInto("handles")
      .values({ handle: "carla", user_id: "018f4c1e-7b1a-7c3d-8e4f-5a6b7c8d9e0f" })
      .execute()
    const carla = await beigel.visitor().signUp("carla")
    assert.equal(carla.body.user.id, "AY9MHnsafD2OT1prfI2eDw")
  })

  await t.test("of twenty who claim one handle at once, one has it", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        beigel.visitor().post("/api/signup", { handle: "dora", password: `password ${number}` }),
      ),
    )
    const statuses = answers.map(answer => answer.status)
    assert.equal(statuses.filter(status => status === 201).length, 1)
    assert.ok(
      statuses.every(status => [201, 409, 429].includes(status)),
      statuses.join(" "),
    )
    assert.equal(await usersNamed(beigel, "dora"), 1)
  })

  await t.test("of four who repeat one sign-up at once, all are in, as one user", async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => emilSignsUp(beigel)))
    assert.equal(answers.filter(answer => answer.status === 201).length, 1)
    assert.equal(answers.filter(answer => answer.status === 200).length, 3)
    assert.equal(new Set(answers.map(answer => answer.body.user.id)).size, 1)
    assert.equal(await usersNamed(beigel, "emil"), 1)
  })

  await t.test("wrong words, unknown handles and seeded authors get the same answer", async () => {
    await beigel.visitor().signUp("frida")
    for (const handle of ["frida", "nobody-at-all", "beigel-bot-1"]) {
      const answer = await beigel.visitor().post("/api/login", { handle, password: "wrong wrong" })
      assertRefused(answer, 401, "wrong-credentials")
    }
    const bot = await beigel
      .visitor()
      .post("/api/signup", { handle: "Beigel-Bot-1", password: "wrong wrong" })
    assertRefused(bot, 409, "handle-taken")
  })

  await t.test("guessing is held up, and said for how long", async () => {
    await beigel.visitor().signUp("gerda")
    const guess = (path: string) => beigel.visitor().post(path, { handle: "gerda", password: "not hers" })
    const statuses = []
    for (let n = 0; n < 6; n++)
      statuses.push((await guess("/api/login")).status, (await guess("/api/signup")).status)
    assert.deepEqual(statuses.slice(0, 10), [401, 409, 401, 409, 401, 409, 401, 409, 401, 409])
    const answer = await guess("/api/login")
    assertRefused(answer, 429, "too-many-attempts")
    assert.ok(Number(answer.headers.get("retry-after")) > 0)
  })

  await t.test("a new sign-in ends the session it replaces", async () => {
    const hanna = beigel.visitor()
    const first = await hanna.signUp("hanna")
    const cookie = first.headers.get("set-cookie")!.split(";")[0]!
    await hanna.post("/api/login", { handle: "hanna", password: "correct horse" })
    const old = await beigel.visitor().ask("GET", "/api/me", undefined, { cookie })
    assert.deepEqual(old.body, { user: null })
  })

  await t.test("credentials of the wrong shape are refused, naming the field", async () => {
    const refused = async (body: unknown, field: string) =>
      assertRefused(await beigel.visitor().post("/api/signup", body), 400, "invalid-input", field)
    await refused({ handle: "a", password: "12345678" }, "body.handle")
    await refused({ handle: "has space", password: "12345678" }, "body.handle")
    await refused({ handle: "ends-", password: "12345678" }, "body.handle")
    await refused({ handle: 7, password: "12345678" }, "body.handle")
    await refused({ handle: "inge", password: "short" }, "body.password")
    await refused({ handle: "inge" }, "body.password")
    await refused([], "body")
  })

  await t.test("only Beigel's own pages may sign anybody in or out", async () => {
    const inge = beigel.visitor()
    const body = { handle: "inge", password: "correct horse" }
    for (const headers of [
      { origin: "http://evil.test" },
      { "sec-fetch-site": "cross-site" },
      { origin: "null" },
    ]) {
      assertRefused(await inge.ask("POST", "/api/signup", body, headers), 403, "foreign-origin")
      assertRefused(await inge.ask("POST", "/api/logout", undefined, headers), 403, "foreign-origin")
    }
    assert.equal(await usersNamed(beigel, "inge"), 0)
  })
})

function emilSignsUp(beigel: TestBeigel) {
  return beigel.visitor().post("/api/signup", { handle: "emil", password: "correct horse" })
}

async function usersNamed(beigel: TestBeigel, handle: string): Promise<number> {
  return (await beigel.db.selectFrom("users").select("id").where("handle", "=", handle).execute()).length
}
