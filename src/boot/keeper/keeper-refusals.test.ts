import assert from "node:assert/strict"
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { test } from "node:test"
import { eventually } from "../../drivers/local/fixtures/test-project.ts"
import { asSuperuser } from "../../tiers/data/testing/data-for-tests.ts"
import { FleetProject } from "./fixtures/fleet-project.ts"

const [one, two] = ["postgres-1", "postgres-2"] as const
const marker = ".banyan/data/postgres-2/banyan.json"

test("what a host refuses: older control planes, data of others, a primary whose data are gone, a second primary", async t => {
  const fleet = await FleetProject.start(t)
  await fleet.grow([two])
  const quorum = { members: [one, two], acks: 1 }
  const setQuorum = { act: "quorum", primary: one, quorum } as const

  // Commits wait for one that is away: the act waits, too, until a newer control plane comes.
  const elder = fleet.driver
  await elder.signal(two, "SIGSTOP", fleet.epoch)
  const frozen = (await fleet.until(two, "to be silent", ({ silentMs = 0 }) => silentMs >= 300)).pid
  const waiting = fleet.act({ act: "attach", id: two, primary: one })
  const switching = fleet.act({ act: "prepare-switchover", former: one, target: two, others: [] })
  const newer = fleet.newDriver()
  await eventually(
    "the act to begin",
    () => readFileSync(".banyan/logs/agent.log", "utf8").includes("keeper spawned") || undefined,
  )
  await newer.fence({ term: 2, counter: 0 })
  await assert.rejects(waiting, ({ code }) => code === "BN1416" || code === "BN1401")
  await assert.rejects(switching, ({ code }) => code === "BN1416" || code === "BN1401")
  await assert.rejects(fleet.act(setQuorum), { code: "BN1401" })
  fleet.epoch = { term: 2, counter: 0 }
  const outcome = await newer.databases?.act({ act: "attach", id: two, primary: one }, fleet.epoch)
  assert.equal(outcome?.done, true)
  assert.equal((await fleet.act(setQuorum)).done, true)
  assert.notEqual(
    (await fleet.until(two, "to stream", seen => seen.database?.streaming === true)).pid,
    frozen,
  )

  // Somebody else's data in the place of a replica's.
  await elder.stop(two, 20_000, fleet.epoch)
  cpSync(marker, `${marker}.kept`)
  const text = readFileSync(marker, "utf8")
  rmSync(marker)
  writeFileSync(marker, text.replace(/"cluster":"[^"]+"/, '"cluster":"11111111-1111-4111-8111-111111111111"'))
  await assert.rejects(fleet.start(two), { code: "BN2266" })
  await assert.rejects(fleet.act({ act: "attach", id: two, primary: one }), { code: "BN2266" })
  renameSync(`${marker}.kept`, marker)
  writeFileSync(".banyan/data/postgres-2/PG_VERSION", "17\n")
  await assert.rejects(fleet.start(two), { code: "BN2233" })
  writeFileSync(".banyan/data/postgres-2/PG_VERSION", "18\n")

  // Nobody who might lack a write is promoted; the primary goes on.
  const refused = await fleet.act({ act: "fail-over", former: one, standbys: [two], quorum })
  assert.ok(!refused.done && /^0 of 1 replicas were reached/.test(refused.refusal), JSON.stringify(refused))
  await fleet.start(one)
  await fleet.start(two)
  await fleet.act({ act: "attach", id: two, primary: one })
  await asSuperuser(fleet.place(one), "create table goes_on ()")

  const done = await fleet.act({ act: "fail-over", former: one, standbys: [two], quorum })
  assert.ok(done.done && done.promotion?.id === two)
  await elder.signal(two, "SIGKILL", fleet.epoch)
  await fleet.until(two, "to end", ({ state }) => state === "exited")
  renameSync(".banyan/data/postgres-2", ".banyan/data/elsewhere")
  fleet.primary = two
  await assert.rejects(fleet.start(two), { code: "BN2267" })
  renameSync(".banyan/data/elsewhere", ".banyan/data/postgres-2")
  await fleet.start(two)
  assert.equal(
    (await fleet.until(two, "to say so", ({ database }) => database !== undefined)).database?.role,
    "primary",
  )
})
