import assert from "node:assert/strict"
import { test } from "node:test"
import { chooseRunAs, type RunAsFacts, runAs } from "./run-as.ts"

const root: RunAsFacts = { isRoot: true, forced: undefined, recorded: undefined, usernsWorks: () => true }
const noUserns = { ...root, usernsWorks: () => false }
const user = { ...noUserns, isRoot: false }

test("an ordinary user runs it directly, root in a namespace, or as nobody where there is none", () => {
  assert.equal(chooseRunAs(user), "direct")
  assert.equal(chooseRunAs(root), "userns")
  assert.equal(chooseRunAs(noUserns), "nobody")
})

test("existing data keeps its way", () => {
  assert.equal(chooseRunAs({ ...root, recorded: "nobody" }), "nobody")
  assert.equal(chooseRunAs({ ...root, recorded: "userns" }), "userns")
  assert.throws(() => chooseRunAs({ ...noUserns, recorded: "userns" }), { code: "BN2231" })
})

test("a forced way is taken or refused, never replaced", () => {
  assert.equal(chooseRunAs({ ...root, forced: "nobody" }), "nobody")
  assert.equal(chooseRunAs({ ...root, forced: "userns" }), "userns")
  assert.equal(chooseRunAs({ ...user, forced: "direct" }), "direct")
  for (const facts of [
    { ...root, forced: "direct" },
    { ...noUserns, forced: "userns" },
    { ...user, forced: "nobody" },
    { ...user, forced: "userns" },
    { ...root, forced: "sudo" },
  ]) {
    assert.throws(() => chooseRunAs(facts), { code: "BN2232" }, JSON.stringify(facts))
  }
})

test("a way is words, or a uid", () => {
  assert.deepEqual(runAs("direct").wrap(["postgres", "-V"]), ["postgres", "-V"])
  assert.deepEqual(runAs("userns").wrap(["postgres"]), [
    "unshare",
    "--user",
    "--map-user=65534",
    "--map-group=65534",
    "--",
    "postgres",
  ])
  const { uid, gid, wrap } = runAs("nobody")
  assert.deepEqual({ uid, gid, argv: wrap(["postgres"]) }, { uid: 65534, gid: 65534, argv: ["postgres"] })
})
