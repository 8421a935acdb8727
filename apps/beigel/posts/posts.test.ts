import assert from "node:assert/strict"
import test from "node:test"
import fc from "fast-check"
import { testBeigel } from "../test/test-beigel.ts"
import { assertRefused, HOST } from "../test/visitor.ts"

test("posts", async t => {
  const beigel = await testBeigel(t)
  const anna = await beigel.member("anna")
  const berta = await beigel.member("berta")
  const stranger = beigel.visitor()
  const cafes: { id: string }[] = (await stranger.get("/api/cafes?lat=40.73&lon=-73.99")).body.items
  const cafeId = cafes[0]!.id

  await t.test("write, read, edit, delete", async () => {
    const written = await anna.post(`/api/cafes/${cafeId}/posts`, { text: "Warm at eight." })
    assert.equal(written.status, 201)
    const path = `/api/posts/${written.body.id}`
    assert.equal(written.headers.get("location"), path)
    assert.deepEqual(written.body, {
      id: written.body.id,
      cafeId,
      userId: (await anna.get("/api/me")).body.user.id,
      handle: "anna",
      text: "Warm at eight.",
      createdAt: written.body.createdAt,
      editedAt: null,
      likeCount: 0,
      likedByMe: false,
      mine: true,
    })
    assert.ok(Math.abs(Date.parse(written.body.createdAt) - Date.now()) < 60_000)

    const edited = await anna.patch(path, { text: "Warm at nine." })
    assert.equal(edited.status, 200)
    assert.equal(edited.body.text, "Warm at nine.")
    assert.notEqual(edited.body.editedAt, null)
    assert.deepEqual((await stranger.get(path)).body, { ...edited.body, mine: false })

    assert.equal((await anna.delete(path)).status, 204)
    assertRefused(await anna.get(path), 404, "not-found")
    assertRefused(await anna.delete(path), 404, "not-found")
    assertRefused(await anna.patch(path, { text: "too late" }), 404, "not-found")
  })

  await t.test("only the author may change a post, and only who is signed in may write or like", async () => {
    const { body } = await anna.post(`/api/cafes/${cafeId}/posts`, { text: "Mine." })
    const path = `/api/posts/${body.id}`
    assertRefused(await berta.patch(path, { text: "Hers." }), 403, "not-yours")
    assertRefused(await berta.delete(path), 403, "not-yours")
    assertRefused(await stranger.patch(path, { text: "Whose?" }), 401, "sign-in-first")
    assertRefused(await stranger.delete(path), 401, "sign-in-first")
    assertRefused(await stranger.put(`${path}/like`), 401, "sign-in-first")
    assertRefused(await stranger.delete(`${path}/like`), 401, "sign-in-first")
    assertRefused(await stranger.post(`/api/cafes/${cafeId}/posts`, { text: "No." }), 401, "sign-in-first")
    assert.equal((await stranger.get(path)).body.text, "Mine.")
  })

  await t.test("no foreign page changes anything", async () => {
    const { body } = await anna.post(`/api/cafes/${cafeId}/posts`, { text: "Same." })
    const path = `/api/posts/${body.id}`
    const foreign = { origin: "http://evil.test" }
    assertRefused(await anna.ask("PATCH", path, { text: "x" }, foreign), 403, "foreign-origin")
    assertRefused(await anna.ask("DELETE", path, undefined, foreign), 403, "foreign-origin")
    assertRefused(await anna.ask("PUT", `${path}/like`, undefined, foreign), 403, "foreign-origin")
    assert.equal((await anna.ask("GET", path, undefined, foreign)).body.text, "Same.")
  })

  await t.test("a like counts once, however often and by however many at once", async () => {
    const { body } = await anna.post(`/api/cafes/${cafeId}/posts`, { text: "Likeable." })
    const path = `/api/posts/${body.id}/like`
    await Promise.all([anna, berta].flatMap(member => Array.from({ length: 10 }, () => member.put(path))))
    const seen = (await anna.get(`/api/posts/${body.id}`)).body
    assert.deepEqual([seen.likeCount, seen.likedByMe], [2, true])
    const back = await Promise.all(Array.from({ length: 10 }, () => anna.delete(path)))
    assert.deepEqual(back[0]!.body, { id: body.id, likeCount: 1, likedByMe: false })
    assert.ok(back.every(answer => answer.body.likeCount === 1))
    assert.equal((await berta.get(`/api/posts/${body.id}`)).body.likedByMe, true)
  })

  await t.test("likes and the deletion of their post do not lock each other out", async () => {
    for (let round = 0; round < 10; round++) {
      const { body } = await anna.post(`/api/cafes/${cafeId}/posts`, { text: "Short-lived." })
      const path = `/api/posts/${body.id}`
      const answers = await Promise.all([
        ...Array.from({ length: 4 }, () => berta.put(`${path}/like`)),
        anna.delete(path),
        ...Array.from({ length: 4 }, () => berta.delete(`${path}/like`)),
      ])
      assert.ok(answers.every(answer => [200, 204, 404].includes(answer.status)))
    }
    const { count } = await beigel.db
      .selectFrom("likes")
      .select(query => query.fn.countAll<string>().as("count"))
      .executeTakeFirstOrThrow()
    assert.equal(count, "1")
  })

  await t.test("any text is stored as it is", async () => {
    const plain = fc.string({ unit: "grapheme", maxLength: 200 }).filter(text => text.trim() !== "")
    const sql = fc.constantFrom(
      "'; drop table posts; --",
      "$1",
      "E'\\x27'",
      "{1,2}",
      "\\N",
      "null",
      "<script>",
      "%s",
    )
    await fc.assert(
      fc.asyncProperty(fc.oneof(plain, sql), async text => {
        fc.pre(!text.includes("\0"))
        const written = await anna.post(`/api/cafes/${cafes[1]!.id}/posts`, { text })
        assert.equal(written.body.text, text)
      }),
      { numRuns: 50 },
    )
  })

  await t.test("texts that are none are refused, saying why", async () => {
    const path = `/api/cafes/${cafeId}/posts`
    const refused = async (body: unknown, field = "body.text") =>
      assertRefused(await anna.post(path, body), 400, "invalid-input", field)
    await refused({ text: "" })
    await refused({ text: " \n\t" })
    await refused({ text: "a\0b" })
    await refused({ text: "half a pair: \ud83e" })
    await refused({ text: "🥯".repeat(2001) })
    await refused({ text: 7 })
    await refused({})
    await refused("null", "body")
    assertRefused(await anna.post(path, "{ text:"), 400, "invalid-json")
    assertRefused(await anna.post(path, ""), 400, "invalid-json")
    assert.equal((await anna.post(path, { text: "🥯".repeat(2000) })).status, 201)
  })

  await t.test("a body has to be JSON, and not too large", async () => {
    const path = `/api/cafes/${cafeId}/posts`
    const form = await anna.ask("POST", path, "text=x", {
      "content-type": "application/x-www-form-urlencoded",
    })
    assertRefused(form, 415, "unsupported-type")
    const nameless = await anna.ask("POST", path, "{}", { "content-type": "" })
    assertRefused(nameless, 415, "unsupported-type")
    assertRefused(await anna.post(path, { text: "x".repeat(70_000) }), 413, "too-large")
    const utf8 = await anna.ask("POST", path, '{"text":"ok"}', {
      "content-type": "application/json; charset=utf-8",
    })
    assert.equal(utf8.status, 201)
  })

  await t.test("a body may come in pieces, slowly, and is still held to its size", async () => {
    const cookie = (await anna.post("/api/login", { handle: "anna", password: "correct horse" })).headers
      .get("set-cookie")!
      .split(";")[0]!
    const send = (pieces: readonly string[]) => {
      const waiting = pieces.map(piece => new TextEncoder().encode(piece))
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          await new Promise(resolve => setImmediate(resolve))
          const piece = waiting.shift()
          if (piece === undefined) controller.close()
          else controller.enqueue(piece)
        },
      })
      const headers = { origin: HOST, cookie, "content-type": "application/json" }
      const init = { method: "POST", headers, body, duplex: "half" }
      return stranger.send(new Request(`${HOST}/api/cafes/${cafeId}/posts`, init as RequestInit))
    }
    const slow = await send([...'{"text":"drop by drop"}'])
    assert.equal(slow.status, 201)
    assert.equal(slow.body.text, "drop by drop")
    const endless = await send(['{"text":"', ...Array.from({ length: 100 }, () => "x".repeat(1000)), '"}'])
    assertRefused(endless, 413, "too-large")
  })

  await t.test(
    "a café's posts come newest first, in pages that what is written meanwhile does not disturb",
    async () => {
      const path = `/api/cafes/${cafes[2]!.id}/posts`
      const written: string[] = []
      for (let n = 0; n < 25; n++) written.push((await anna.post(path, { text: `number ${n}` })).body.id)
      const read = await berta.all(`${path}?limit=4`, async () => {
        await anna.post(path, { text: "in between" })
      })
      assert.deepEqual(
        read.map(post => post.id),
        written.toReversed(),
      )
    },
  )

  await t.test("posts of no café, and ids that are none", async () => {
    const nowhere = "/api/cafes/AY9MHnsafD2OT1prfI2eDw/posts"
    assertRefused(await stranger.get(nowhere), 404, "not-found")
    assertRefused(await anna.post(nowhere, { text: "Where?" }), 404, "not-found")
    assertRefused(await stranger.get("/api/cafes/1/posts"), 400, "invalid-input", "param.id")
    assertRefused(await anna.put(`/api/posts/${cafeId}/like`), 400, "invalid-input", "param.id")
    assertRefused(await anna.delete("/api/posts/..%2f..%2fetc"), 400, "invalid-input", "param.id")
    const empty = await stranger.get(`/api/cafes/${cafes[5]!.id}/posts`)
    assert.deepEqual(empty.body, { items: [], nextCursor: null })
  })
})
