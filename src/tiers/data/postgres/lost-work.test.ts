import assert from "node:assert/strict"
import { test } from "node:test"
import { lostKind, unsentKind } from "./lost-work.ts"

const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" })
const pipe = Object.assign(new Error("write EPIPE"), { code: "EPIPE" })

test("a statement of its own may have been done, unless nothing of it left", () => {
  assert.equal(lostKind("I", "insert into posts values (1)", reset), "unknown")
  assert.equal(lostKind("I", "insert into posts values (1)", pipe), "never-sent")
  assert.equal(lostKind(null, "select 1", reset), "unknown")
  assert.equal(unsentKind("I"), "never-sent")
})

test("inside a transaction nothing was done, unless the statement could have committed", () => {
  assert.equal(lostKind("T", "insert into posts values (1)", reset), "rolled-back")
  assert.equal(lostKind("E", "rollback", reset), "rolled-back")
  for (const statement of [
    "commit",
    "COMMIT",
    " end",
    "insert into a values (1); commit",
    "prepare transaction 'x'",
    "call p()",
    "do $$ begin commit; end $$",
    "/* banyan: primary */ commit;",
    "-- a note; of two parts\ncommit",
    "/* one /* in */ another */ commit",
    "select 1; -- end\nselect 2",
  ]) {
    assert.equal(lostKind("T", statement, reset), "unknown", statement)
    assert.equal(lostKind("T", statement, pipe), "rolled-back", statement)
  }
  for (const statement of [
    "insert into a values (1) on conflict do nothing",
    "/* banyan: primary */ update a set n = case when n < 1 then 1 end;",
    "-- at the end\nwith gone as (delete from a returning n) insert into b select n from gone on conflict do nothing",
    "select 'call me'",
  ])
    assert.equal(lostKind("T", statement, reset), "rolled-back", statement)
  assert.equal(unsentKind("T"), "rolled-back")
})
