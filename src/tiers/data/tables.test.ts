import assert from "node:assert/strict"
import { test } from "node:test"
import { defineTables, lookup, reference, sharded, tablesOfManifest } from "./tables.ts"

type DB = {
  cafes: { id: string; name: string }
  posts: { cafe_id: string; id: string }
  handles: { handle: string; user_id: string }
}

test("declarations become the manifest's plain data", () => {
  const tables = defineTables<DB>()({
    cafes: reference(),
    posts: sharded("cafe_id"),
    handles: lookup("handle"),
  })
  assert.deepEqual(tablesOfManifest(tables), {
    cafes: { kind: "reference" },
    posts: { kind: "sharded", shardKey: "cafe_id" },
    handles: { kind: "lookup", shardKey: "handle" },
  })
})

test("the compiler refuses a column or a table that is not there", () => {
  const define = defineTables<DB>()
  // @ts-expect-error posts has no column user_id
  define({ cafes: reference(), posts: sharded("user_id"), handles: lookup("handle") })
  // @ts-expect-error handles is not declared
  define({ cafes: reference(), posts: sharded("cafe_id") })
})
