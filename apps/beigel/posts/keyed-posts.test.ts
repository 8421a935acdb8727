import assert from "node:assert/strict"
import test from "node:test"
import { testBeigel } from "../test/test-beigel.ts"
import { assertRefused } from "../test/visitor.ts"

test("posts with an Idempotency-Key", async t => {
  const beigel = await testBeigel(t)
  const anna = await beigel.member("anna")
  const berta = await beigel.member("berta")
  const cafes: { id: string }[] = (await anna.get("/api/cafes?lat=40.73&lon=-73.99")).body.items
  const [here, there] = cafes.map(cafe => `/api/cafes/${cafe.id}/posts`) as [string, string]
  const write = (who: typeof anna, key: string, text = "Warm at eight.", path = here) =>
    who.ask("POST", path, { text }, { "idempotency-key": key })
  const written = async (path = here) => (await anna.get(path)).body.items as { id: string; text: string }[]

  await t.test("sent again it is answered the same, and written once", async () => {
    const first = await write(anna, '"k-1"')
    const again = await write(anna, "k-1")
    assert.deepEqual([first.status, again.status], [201, 201])
    assert.deepEqual(again.body, first.body)
    assert.equal(again.headers.get("location"), first.headers.get("location"))
    assert.deepEqual(
      [first, again].map(answer => answer.headers.get("idempotency-replayed")),
      [null, "true"],
    )
    assert.equal((await written()).length, 1)
  })

  await t.test("ten at once are one post", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => write(anna, "k-2", "All at once.")))
    assert.ok(answers.every(answer => answer.status === 201))
    assert.equal(new Set(answers.map(answer => answer.body.id)).size, 1)
    assert.equal((await written()).length, 2)
  })

  await t.test("a key is its user's, and its café's", async () => {
    const before = (await written(there)).length
    assert.equal((await write(berta, "k-1")).headers.get("idempotency-replayed"), null)
    assert.equal((await write(anna, "k-1", "There.", there)).headers.get("idempotency-replayed"), null)
    assert.deepEqual([(await written()).length, (await written(there)).length], [3, before + 1])
  })

  await t.test("with another text it is refused; without a session, or with no good key, too", async () => {
    assertRefused(await write(anna, "k-1", "Cold at nine."), 422, "key-reused", "header.idempotency-key")
    assertRefused(await write(beigel.visitor(), "k-1"), 401, "sign-in-first")
    for (const key of ["", "x".repeat(256), "k, l", '"k'])
      assertRefused(await write(anna, key), 400, "invalid-input", "header.idempotency-key")
    assert.equal((await written()).length, 3)
  })

  await t.test("what was refused is not kept: the key is free for the request put right", async () => {
    const nowhere = "/api/cafes/AY9MHnsafD2OT1prfI2eDw/posts"
    assertRefused(await write(anna, "k-3", "Where?", nowhere), 404, "not-found")
    assertRefused(await write(anna, "k-3", " "), 400, "invalid-input", "body.text")
    assert.equal((await write(anna, "k-3", "Here.")).status, 201)
  })
})
