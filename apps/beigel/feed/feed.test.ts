import assert from "node:assert/strict"
import test from "node:test"
import { testBeigel } from "../test/test-beigel.ts"
import { assertRefused } from "../test/visitor.ts"

const HERE = "lat=40.73&lon=-73.99"

test("feed", async t => {
  const beigel = await testBeigel(t, { "seed-posts": 20_000 })
  const visitor = beigel.visitor()
  const near: { id: string; distanceM: number; name: string }[] = (
    await visitor.get(`/api/cafes?${HERE}&limit=50`)
  ).body.items
  const nearIds = new Map(near.map(cafe => [cafe.id, cafe]))

  await t.test("it is every post of the nearest cafés, newest first, and nothing else", async () => {
    const feed = await visitor.all(`/api/feed?${HERE}&limit=37`)
    const ofCafes = []
    for (const cafe of near) ofCafes.push(...(await visitor.all(`/api/cafes/${cafe.id}/posts?limit=100`)))
    assert.equal(feed.length, ofCafes.length)
    assert.deepEqual(new Set(feed.map(post => post.id)), new Set(ofCafes.map(post => post.id)))
    const times = feed.map(post => post.createdAt)
    assert.deepEqual(times, times.toSorted().toReversed())
    for (const post of feed) {
      assert.equal(post.cafeName, nearIds.get(post.cafeId)?.name)
      assert.equal(post.distanceM, nearIds.get(post.cafeId)?.distanceM)
    }
  })

  await t.test(
    "what is written and deleted while one reads on neither repeats nor hides anything",
    async () => {
      const anna = await beigel.member("anna")
      const before: string[] = (await visitor.all(`/api/feed?${HERE}&limit=100`)).map(post => post.id)
      let page = 0
      const read = await visitor.all(`/api/feed?${HERE}&limit=10`, async () => {
        const cafe = near[page++ % near.length]!
        const { body } = await anna.post(`/api/cafes/${cafe.id}/posts`, { text: "meanwhile" })
        if (page % 2 === 0) await anna.delete(`/api/posts/${body.id}`)
      })
      assert.deepEqual(
        read.map(post => post.id),
        before,
      )
      const after = await visitor.get(`/api/feed?${HERE}&limit=1`)
      assert.equal(after.body.items[0].text, "meanwhile")
    },
  )

  await t.test("it knows what the reader likes and has written", async () => {
    const berta = await beigel.member("berta")
    const { body } = await berta.post(`/api/cafes/${near[0]!.id}/posts`, { text: "Look at this." })
    await berta.put(`/api/posts/${body.id}/like`)
    const [mine] = (await berta.get(`/api/feed?${HERE}&limit=1`)).body.items
    assert.deepEqual([mine.id, mine.mine, mine.likedByMe, mine.likeCount], [body.id, true, true, 1])
    const [theirs] = (await visitor.get(`/api/feed?${HERE}&limit=1`)).body.items
    assert.deepEqual([theirs.id, theirs.mine, theirs.likedByMe, theirs.likeCount], [body.id, false, false, 1])
  })

  await t.test("points and cursors that are none are refused", async () => {
    assertRefused(await visitor.get("/api/feed?lat=40"), 400, "invalid-input", "query.lon")
    assertRefused(await visitor.get("/api/feed?lat=x&lon=1"), 400, "invalid-input", "query.lat")
    const { nextCursor } = (await visitor.get(`/api/feed?${HERE}&limit=1`)).body
    assertRefused(
      await visitor.get(`/api/feed?lat=1&lon=1&cursor=${nextCursor}`),
      400,
      "invalid-cursor",
      "query.cursor",
    )
    assertRefused(
      await visitor.get(`/api/feed?${HERE}&cursor=${nextCursor}A`),
      400,
      "invalid-cursor",
      "query.cursor",
    )
    assertRefused(
      await visitor.get(`/api/feed?${HERE}&cursor=${"A".repeat(2001)}`),
      400,
      "invalid-input",
      "query.cursor",
    )
  })
})
