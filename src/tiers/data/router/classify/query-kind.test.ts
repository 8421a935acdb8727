import assert from "node:assert/strict"
import { test } from "node:test"
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from "kysely"
import { queryKind } from "./query-kind.ts"
import { fragmentReads } from "./raw-fragment.ts"

type DB = {
  posts: { id: number; cafe_id: number; text: string; tags: string[]; likes: number }
  cafes: { id: number; name: string; place: string }
  pg_locks: { pid: number }
}
const db = new Kysely<DB>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: kysely => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})
const steady = new Set(
  "lower count max sum avg row_number now cube json_agg to_json jsonb_agg abs length".split(" "),
)
const isSteady = (name: string) => steady.has(name)

type Compilable = { compile(): { query: Parameters<typeof queryKind>[0] } }
const kindOf = (query: Compilable) => queryKind(query.compile().query, isSteady)
const rawKind = (raw: ReturnType<typeof sql>) => queryKind(raw.compile(db).query, isSteady)

const near = sql<number>`cafes.place <-> cube(array[${1}, ${2}]::double precision[])`
const liked = sql<boolean>`coalesce((select true from likes where likes.id = ${sql.ref("posts.id")} and user_id = ${"u"}), false)`

const reads: Record<string, Compilable> = {
  plain: db.selectFrom("posts").selectAll(),
  conditions: db
    .selectFrom("posts as p")
    .innerJoin("cafes as c", "c.id", "p.cafe_id")
    .select(["p.id", "c.name as cafe"])
    .where(eb =>
      eb.or([eb("p.id", "in", [1, 2]), eb.not(eb("c.name", "like", "x%")), eb("p.text", "is", null)]),
    )
    .orderBy("p.id", "desc")
    .limit(3)
    .offset(1),
  aggregates: db
    .selectFrom("posts")
    .select(eb => [eb.fn.countAll().as("n"), eb.fn.max("id").filterWhere("likes", ">", 1).as("m")])
    .groupBy("cafe_id")
    .having(eb => eb.fn.count("id"), ">", 1),
  window: db.selectFrom("posts").select(eb =>
    eb.fn
      .agg("row_number")
      .over(o => o.partitionBy("cafe_id").orderBy("id"))
      .as("n"),
  ),
  with: db
    .with("a", q => q.selectFrom("posts").selectAll())
    .selectFrom("a")
    .selectAll(),
  union: db.selectFrom("posts").select("id").union(db.selectFrom("cafes").select("id")),
  distinct: db.selectFrom("posts").select("text").distinct(),
  distinctOn: db.selectFrom("posts").distinctOn("cafe_id").selectAll(),
  case: db.selectFrom("posts").select(eb => eb.case().when("id", "=", 1).then("a").else("b").end().as("x")),
  cast: db.selectFrom("posts").select(eb => eb.cast<string>("id", "text").as("x")),
  exists: db
    .selectFrom("posts")
    .select("id")
    .where(eb => eb.exists(eb.selectFrom("cafes").select("id"))),
  lateral: db
    .selectFrom("cafes")
    .innerJoinLateral(db.selectFrom("posts").selectAll().as("p"), j => j.onTrue())
    .select("p.id"),
  "raw order": db.selectFrom("cafes").select(near.as("chord")).orderBy(near),
  "raw subquery": db.selectFrom("posts").select(["id", liked.as("liked")]),
  "raw tuple": db.selectFrom("posts").select("id").where(sql<boolean>`(likes, posts.id) > (${1}, ${2}::int)`),
  declared: db.selectFrom("posts").modifyFront(sql`/* banyan: read */`).select(sql`strange(id)`.as("x")),
}

const writes: Record<string, Compilable> = {
  insert: db.insertInto("posts").values({ id: 1, cafe_id: 1, text: "", tags: [], likes: 0 }),
  update: db.updateTable("posts").set({ likes: 1 }),
  delete: db.deleteFrom("posts"),
  merge: db.mergeInto("posts").using("cafes", "cafes.id", "posts.cafe_id").whenMatched().thenDelete(),
  "for update": db.selectFrom("posts").selectAll().forUpdate(),
  "for share of": db.selectFrom("posts").selectAll().forShare().skipLocked(),
  "locks within": db.selectFrom(db.selectFrom("posts").selectAll().forNoKeyUpdate().as("p")).selectAll(),
  "writes in with": db
    .with("gone", q => q.deleteFrom("posts").returning("id"))
    .selectFrom("gone")
    .selectAll(),
  "writes in with, deeper": db
    .with("a", q =>
      q
        .with("b", p => p.insertInto("cafes").values({ id: 1, name: "", place: "" }).returning("id"))
        .selectFrom("b")
        .selectAll(),
    )
    .selectFrom("a")
    .selectAll(),
  nextval: db.selectFrom("posts").select(eb => eb.fn("nextval", [sql.lit("s")]).as("n")),
  "unknown function": db.selectFrom("posts").select(eb => eb.fn("charge_customer", ["id"]).as("n")),
  "unknown aggregate": db.selectFrom("posts").select(eb => eb.fn.agg("my_agg", ["id"]).as("n")),
  "advisory lock in raw": db.selectFrom("posts").select(sql`pg_advisory_lock(1)`.as("x")),
  "schema-qualified function in raw": db.selectFrom("posts").select(sql`audit.log ("id")`.as("x")),
  "quoted function in raw": db.selectFrom("posts").select(sql`"Log"(id)`.as("x")),
  "name put in by sql.raw": db.selectFrom("posts").select(sql`${sql.raw("charge")}(id)`.as("x")),
  "lock in raw": db.selectFrom("posts").selectAll().modifyEnd(sql`for update`),
  "comment in raw": db.selectFrom("posts").select(sql`lower(/* */text)`.as("x")),
  catalog: db.selectFrom("pg_locks").selectAll(),
  "catalog by schema": db.withSchema("information_schema").selectFrom("cafes").selectAll(),
  "declared primary": db.selectFrom("posts").modifyFront(sql`/* banyan: primary */`).selectAll(),
  ddl: db.schema.createTable("x").addColumn("id", "integer"),
}

for (const [name, query] of Object.entries(reads))
  test(`read: ${name}`, () => assert.equal(kindOf(query), "read"))
for (const [name, query] of Object.entries(writes))
  test(`write: ${name}`, () => assert.equal(kindOf(query), "write"))

test("raw SQL as a whole is a write unless it declares itself", () => {
  assert.equal(rawKind(sql`select 1`), "write")
  assert.equal(rawKind(sql`/* banyan: read */ select now()`), "read")
  assert.equal(rawKind(sql`  /*banyan:read*/ select ${1}`), "read")
  assert.equal(rawKind(sql`/* banyan: primary */ select 1`), "write")
  assert.equal(rawKind(sql`select 1 /* banyan: read */`), "write")
  assert.equal(rawKind(sql`select ${"/* banyan: read */"}`), "write")
  assert.equal(rawKind(sql`${"/* banyan: read */"} select 1`), "write")
})

test("a fragment's words are told from strings, names and types", () => {
  const is = (text: string, expected: boolean) =>
    assert.equal(fragmentReads([text], isSteady), expected, text)
  is("'insert into x; update'", true)
  is("'it''s' || lower('FOR UPDATE')", true)
  is(`"update"`, true)
  is("a.b = any(array[1,2]) and (c or d)", true)
  is("x between 1 and 2", true)
  is("lower (x)", true)
  is("LOWER(x) + Count(*)", true)
  is("x; drop table y", false)
  is("e'\\' insert'", false)
  is("$$x$$", false)
  is("lock(x)", false)
  is("unknown(x)", false)
  is("'x'(1)", false)
  is("select 1 into y", false)
})
