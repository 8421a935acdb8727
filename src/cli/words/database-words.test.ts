import assert from "node:assert/strict"
import { test } from "node:test"
import type { DatabasesView } from "../../wire/admin.ts"
import { databaseLines } from "./database-words.ts"

type Quorum = DatabasesView["quorum"]
const three: Quorum = { members: ["postgres-1", "postgres-2", "postgres-3"], acks: 1, isSettled: true }

function words(quorum: Partial<Quorum>): string | undefined {
  return databaseLines({ primary: "postgres-1", timeline: 1, quorum: { ...three, ...quorum } }, 0)[0]
}

test("what commits wait for, and that they wait in vain", () => {
  const commits = "commits wait for 1 of postgres-2, postgres-3"
  assert.equal(words({}), `databases: ${commits}, timeline 1`)
  assert.equal(words({ following: 1 }), `databases: ${commits}, timeline 1`)
  assert.equal(
    words({ following: 0 }),
    `databases: writes wait: ${commits}, and none of them follows, timeline 1`,
  )
  assert.match(words({ acks: 2, following: 1 })!, /writes wait: .*, and only 1 of them follows, timeline/)
  assert.match(words({ members: ["postgres-1"], acks: 0, following: 0 })!, /: commits wait for no replica, /)
})
