import assert from "node:assert/strict"
import test from "node:test"
import type { Kysely } from "kysely"
import type { BeigelTables } from "../tables.ts"
import { testBeigel } from "../test/test-beigel.ts"
import { inventPost } from "./invent-post.ts"
import { parseCafes, readCafesFile } from "./read-cafes.ts"
import { seed } from "./seed.ts"
import { CAFES_FILE } from "./seed-cafes.ts"

test("the file's cafés have ids that are the same everywhere and each its own", async () => {
  const cafes = parseCafes(await readCafesFile(CAFES_FILE))
  assert.equal(new Set(cafes.map(cafe => cafe.id)).size, 3168)
  const bakeShop = cafes.find(cafe => cafe.name === "Morris Park Bake Shop")
  assert.equal(bakeShop?.id, "f6633e1a-24dc-542c-b34f-0d38b6aad311")
})

test("a row that is no café is named", () => {
  const rows = [
    "Cafe,40.1,-73.9,x",
    "Cafe,,-73.9,x",
    "Cafe,91,-73.9,x",
    ",40.1,-73.9,x",
    "Cafe,north,-73.9,x",
  ]
  assert.equal(parseCafes({ text: `name,lat,lon,address\n${rows[0]}\n` }).length, 1)
  for (const row of rows.slice(1)) {
    assert.throws(() => parseCafes({ text: `name,lat,lon,address\n${rows[0]}\n${row}\n` }), /row 3/)
  }
})

test("an invented post is the same for ever", async () => {
  const cafes = parseCafes(await readCafesFile(CAFES_FILE))
  assert.deepEqual(inventPost(1234, cafes), inventPost(1234, cafes))
  const posts = Array.from({ length: 2000 }, (_, number) => inventPost(number, cafes))
  assert.equal(new Set(posts.map(post => post.id)).size, 2000)
  assert.deepEqual(
    posts.map(post => post.id),
    posts.map(post => post.id).toSorted(),
  )
  assert.deepEqual(inventPost(0, cafes), {
    cafe_id: "07fa02ee-ad7e-51eb-8dec-76921ea24d3c",
    id: "01941f29-7c00-757d-aecd-15ef4ba2e1c5",
    user_id: "5da0f502-e1eb-55ab-9368-6e83e738d7ed",
    handle: "beigel-bot-33",
    text: "Underrated poppy bagel at El Aguila Bakery, at midnight.",
    created_at: new Date("2025-01-01T00:00:00Z"),
  })
})

test("seeding", async t => {
  const { db } = await testBeigel(t)
  const run = async (posts: number | string) => {
    const words: string[] = []
    await seed({ db, options: { "seed-posts": posts } }, text => words.push(text))
    return words
  }

  await t.test("progress is told, and what is there is not loaded again", async () => {
    assert.deepEqual(await run(6000), [
      "writing posts 0/6000",
      "writing posts 5000/6000",
      "writing posts 6000/6000",
    ])
    assert.deepEqual(await run(6000), [])
    assert.deepEqual(await run("1000"), [])
  })

  await t.test("broken off, it goes on, and gives what one run would have", async () => {
    await run(7500)
    const posts = await db.selectFrom("posts").select(["id", "cafe_id", "text"]).orderBy("id").execute()
    const cafes = parseCafes(await readCafesFile(CAFES_FILE))
    const expected = Array.from({ length: 7500 }, (_, number) => inventPost(number, cafes))
    assert.deepEqual(
      posts,
      expected.map(({ id, cafe_id, text }) => ({ id, cafe_id, text })),
    )
  })

  await t.test("what people deleted stays deleted", async () => {
    const { id } = await db.selectFrom("posts").select("id").executeTakeFirstOrThrow()
    await db.deleteFrom("posts").where("id", "=", id).execute()
    await run(8000)
    assert.equal(await countOf(db, "posts"), 7999)
  })

  await t.test("a changed file is loaded over the old one; nothing is lost", async () => {
    const [first, second] = await db.selectFrom("cafes").select("id").orderBy("id").limit(2).execute()
    await db.updateTable("cafes").set({ address: "moved" }).where("id", "=", first!.id).execute()
    await db.deleteFrom("cafes").where("id", "=", second!.id).execute()
    await db.updateTable("seeded").set({ state: "an older file" }).where("what", "=", "cafes").execute()
    const words = await run(0)
    assert.deepEqual([words.at(0), words.at(-1)], ["loading cafés 0/3168", "loading cafés 3168/3168"])
    assert.equal(await countOf(db, "cafes"), 3168)
    assert.equal(
      (await db.selectFrom("cafes").selectAll().where("address", "=", "moved").execute()).length,
      0,
    )
  })

  await t.test("a count that is none is refused", async () => {
    for (const count of ["many", "-1", "1.5", 20_000_000]) await assert.rejects(run(count), /--seed-posts is/)
  })
})

async function countOf(db: Kysely<BeigelTables>, table: "posts" | "cafes"): Promise<number> {
  const { count } = await db
    .selectFrom(table)
    .select(query => query.fn.countAll<string>().as("count"))
    .executeTakeFirstOrThrow()
  return Number(count)
}
