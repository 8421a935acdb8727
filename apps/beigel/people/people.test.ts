import assert from "node:assert/strict"
import test from "node:test"
import { testBeigel } from "../test/test-beigel.ts"
import { assertRefused } from "../test/visitor.ts"

test("a person is what they wrote, about whichever café, page by page", async t => {
  const beigel = await testBeigel(t)
  const [sesame, poppy, nobody] = [
    await beigel.member("Sesame"),
    await beigel.member("poppy"),
    beigel.visitor(),
  ]
  const { id } = (await sesame.get("/api/me")).body.user
  const cafes = (await nobody.get("/api/cafes?lat=40.73&lon=-73.99&limit=3")).body.items
  const written: { id: string }[] = []
  for (let number = 0; number < 7; number++) {
    const cafe = cafes[number % cafes.length]
    written.push((await sesame.post(`/api/cafes/${cafe.id}/posts`, { text: `post ${number}` })).body)
    await poppy.post(`/api/cafes/${cafe.id}/posts`, { text: "somebody else's" })
  }
  await poppy.put(`/api/posts/${written[6]!.id}/like`)

  await t.test("who", async () => {
    assert.deepEqual((await nobody.get(`/api/users/${id}`)).body, { id, handle: "Sesame" })
  })
  await t.test("newest first, once each, with the café's name", async () => {
    const posts = await poppy.all(`/api/users/${id}/posts?limit=3`)
    assert.deepEqual(
      posts.map(post => post.id),
      written.map(post => post.id).toReversed(),
    )
    for (const post of posts)
      assert.equal(post.cafeName, cafes.find((one: { id: string }) => one.id === post.cafeId).name)
    assert.deepEqual(
      posts.map(post => post.likedByMe),
      [true, false, false, false, false, false, false],
    )
    assert.ok(posts.every(post => !post.mine))
    assert.ok(
      (await sesame.get(`/api/users/${id}/posts`)).body.items.every((post: { mine: boolean }) => post.mine),
    )
  })
  await t.test("somebody who wrote nothing, nobody, and another's cursor", async () => {
    await beigel.member("silent")
    const silent = (
      await (await beigel.visitor()).post("/api/login", { handle: "silent", password: "correct horse" })
    ).body
    assert.deepEqual((await nobody.get(`/api/users/${silent.user.id}/posts`)).body, {
      items: [],
      nextCursor: null,
    })
    const missing = "AAAAAAAAQACAAAAAAAAAAA"
    assertRefused(await nobody.get(`/api/users/${missing}`), 404, "not-found")
    assertRefused(await nobody.get(`/api/users/${missing}/posts`), 404, "not-found")
    assertRefused(await nobody.get("/api/users/sesame"), 400, "invalid-input")
    const { nextCursor } = (await nobody.get(`/api/users/${id}/posts?limit=3`)).body
    const other = `/api/users/${silent.user.id}/posts?cursor=${nextCursor}`
    assertRefused(await nobody.get(other), 400, "invalid-cursor", "query.cursor")
  })
})
