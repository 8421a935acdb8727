import assert from "node:assert/strict"
import test from "node:test"
import { type Kysely, type SelectQueryBuilder, sql } from "kysely"
import { cafeById, cafesNamed, cafesNear } from "../cafes/cafes-queries.ts"
import { cafeClusters } from "../cafes/clusters-queries.ts"
import { feedNear } from "../feed/feed-queries.ts"
import { postsOfPerson } from "../people/people-queries.ts"
import { postByKey, postsOfCafe } from "../posts/posts-queries.ts"
import type { BeigelTables } from "../tables.ts"
import { testBeigel } from "./test-beigel.ts"

type Db = Kysely<BeigelTables>
// biome-ignore lint/suspicious/noExplicitAny: queries of every shape
type Query = SelectQueryBuilder<any, any, any>

const HERE = { lat: 40.73, lon: -73.99 }

test("no list is read by scanning a table", async t => {
  const { db } = await testBeigel(t, { "seed-posts": 50_000 })
  await sql`insert into likes select cafe_id, id, user_id from posts`.execute(db)
  await sql`analyze`.execute(db)
  const post = await db
    .selectFrom("posts")
    .selectAll()
    .orderBy("id")
    .offset(25_000)
    .limit(1)
    .executeTakeFirstOrThrow()
  const { user_id: userId, cafe_id: cafeId, id: postId } = post

  const queries: Record<string, Query> = {
    "cafés near": cafesNear(db, HERE, undefined, 21),
    "cafés near, a later page": cafesNear(db, HERE, { chord: 0.0005, id: cafeId }, 21),
    "cafés named": cafesNamed(db, "bagel", undefined, 21),
    "cafés named, a later page": cafesNamed(db, "bagel", { nameKey: "m", id: cafeId }, 21),
    "cafés named, by the start": cafesNamed(db, "ba", undefined, 21),
    "one café": cafeById(db, cafeId),
    "posts of a café": postsOfCafe(db, cafeId, userId, undefined, 21),
    "posts of a café, a later page": postsOfCafe(db, cafeId, userId, postId, 21),
    "one post": postByKey(db, { cafeId, postId }, userId),
    "posts of a person": postsOfPerson(db, userId, userId, undefined, 21),
    "posts of a person, a later page": postsOfPerson(db, userId, userId, postId, 21),
    "some streets of the map": cafeClusters(db, { north: 40.74, south: 40.73, east: -73.98, west: -73.99 }),
    "feed near": feedNear(db, HERE, userId, { before: undefined }, 21),
    "feed near, a later page": feedNear(db, HERE, userId, { before: postId }, 21),
    "feed near, what was missed": feedNear(db, HERE, undefined, { after: postId }, 101),
  }
  for (const [name, query] of Object.entries(queries)) {
    await t.test(name, async () => assertIndexed(query))
  }

  await t.test("the nearest come out of the index in order: no more are read than are shown", async () => {
    const plan = await planOf(cafesNear(db, HERE, undefined, 21))
    const scan = plan.find(node => node["Index Name"] === "cafes_place")
    assert.ok(scan !== undefined && scan["Actual Rows"]! < 40, JSON.stringify(plan))
  })

  await t.test(
    "names with several words, and rare ones, use trigrams once there are many cafés",
    async () => {
      await addCafes(db, 20_000)
      for (const text of ["park bagel", "xylophone", "morris park bake"]) {
        await assertIndexed(cafesNamed(db, text, undefined, 21))
      }
      await assertIndexed(cafesNear(db, HERE, undefined, 21))
      await assertIndexed(feedNear(db, HERE, userId, { before: undefined }, 21))
    },
  )
})

type PlanNode = {
  "Node Type": string
  "Relation Name"?: string
  "Index Name"?: string
  "Actual Rows"?: number
  Plans?: PlanNode[]
}

async function assertIndexed(query: Query): Promise<void> {
  const plan = await planOf(query)
  const scans = plan.filter(node => node["Node Type"] === "Seq Scan")
  assert.deepEqual(
    scans.map(node => node["Relation Name"]),
    [],
    JSON.stringify(plan, null, 1),
  )
}

/** All nodes of the plan that was carried out. */
async function planOf(query: Query): Promise<PlanNode[]> {
  const [row] = await query.explain<{ "QUERY PLAN": [{ Plan: PlanNode }] }>("json", sql`analyze`)
  const nodes: PlanNode[] = []
  const add = (node: PlanNode) => {
    nodes.push(node)
    node.Plans?.forEach(add)
  }
  add(row!["QUERY PLAN"][0].Plan)
  return nodes
}

/** Invented cafés in and around New York, their names made of the letters of a hash. */
async function addCafes(db: Db, count: number): Promise<void> {
  await sql`
    insert into cafes (id, name, lat, lon, address)
    select gen_random_uuid(), 'Place ' || md5(n::text), 40 + (n % 1000) / 800.0, -74.5 + (n / 1000) / 50.0, 'somewhere'
    from generate_series(1, ${count}::int) n`.execute(db)
  // What autovacuum does in time: trigrams that wait in a list make the index look dearer than it is.
  await sql`select gin_clean_pending_list('cafes_name_inside')`.execute(db)
  await sql`analyze cafes`.execute(db)
}
