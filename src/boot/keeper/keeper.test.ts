import assert from "node:assert/strict"
import { rmSync } from "node:fs"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { killServer } from "../../tiers/data/postgres/server/kill-server.ts"
import { serverProcesses } from "../../tiers/data/postgres/server/pid-file.ts"
import { LedgerWriters } from "../../tiers/data/testing/ledger-writers.ts"
import type { InstanceId } from "../../topology/topology.ts"
import { FleetProject } from "./fixtures/fleet-project.ts"

const [one, two, three] = ["postgres-1", "postgres-2", "postgres-3"] as const
const quorum = { members: [one, two, three], acks: 1 }

test("a fleet by its driver alone: grown, failed over, switched over, its host killed, shrunk; nothing is lost", async t => {
  const fleet = await FleetProject.start(t)
  const progress: string[] = []
  fleet.driver.subscribe(event => event.type === "progress" && progress.push(`${event.id} ${event.words}`))
  const changed = new Set<string>()
  fleet.driver.subscribe(event => event.type === "database" && changed.add(event.id))
  await fleet.grow([two, three])
  assert.match(progress.join("\n"), /^postgres-2 copying from postgres-1: \d+ % of \d+ MiB$/m)
  const primary = await fleet.until(one, "to say so", ({ database }) => database?.quorum?.acks === 1)
  assert.deepEqual(primary.database?.quorum, quorum)
  assert.deepEqual([primary.database?.role, primary.database?.timeline, primary.silentMs], ["primary", 1, 0])
  for (const id of [two, three]) {
    const { database } = await fleet.until(id, "to stream", seen => seen.database?.streaming === true)
    assert.deepEqual([database?.role, database?.follows, database?.timeline], ["replica", one, 1])
  }
  assert.deepEqual([...changed].toSorted(), [one, two, three])

  const writers = await LedgerWriters.start(fleet.place(one))
  t.after(() => writers.end())
  const failOver = async (former: InstanceId) => {
    const standbys = [one, two, three].filter(id => id !== former)
    const outcome = await fleet.act({ act: "fail-over", former, standbys, quorum })
    assert.ok(outcome.done && outcome.promotion !== undefined, JSON.stringify(outcome))
    fleet.primary = outcome.promotion.id
    writers.moveTo(fleet.place(outcome.promotion.id))
    await writers.firstAfter(performance.now())
    return outcome.promotion
  }
  const back = async (id: InstanceId) => {
    await fleet.start(id)
    const primary = fleet.primary as InstanceId
    const outcome = await fleet.act({ act: "attach", id, primary })
    assert.equal(outcome.done, true)
    assert.equal(
      (await fleet.until(id, "to stream", seen => seen.database?.streaming === true)).database?.follows,
      primary,
    )
  }

  await writers.firstAfter(performance.now())
  await fleet.driver.signal(one, "SIGKILL", fleet.epoch)
  const first = await failOver(one)
  assert.deepEqual(
    [first.former, first.timeline, first.why, (await fleet.promotions()).length],
    [one, 2, "fail-over", 1],
  )
  assert.match(first.horizonXid ?? "", /^\d+$/)
  assert.deepEqual(await fleet.act({ act: "fail-over", former: one, standbys: [two, three], quorum }), {
    done: true,
    promotion: first,
  })
  await back(one)

  const hung = first.id
  const { pid } = (await fleet.at(hung)) ?? {}
  for (const each of serverProcesses(`.banyan/data/${hung}`)) process.kill(each, "SIGSTOP")
  await fleet.until(hung, "to be silent", ({ silentMs = 0 }) => silentMs >= 500)
  const second = await failOver(hung)
  assert.deepEqual(
    [second.timeline, (await fleet.at(hung))?.state, (await fleet.at(hung))?.pid],
    [3, "exited", pid],
  )
  await back(hung)

  const [former, target] = [second.id, [one, two, three].find(id => id !== second.id) as InstanceId]
  const others = [one, two, three].filter(id => id !== former && id !== target)
  assert.deepEqual(await fleet.act({ act: "prepare-switchover", former, target, others }), { done: true })
  await writers.pause()
  const switched = await fleet.act({ act: "switch-over", former, target, others })
  assert.ok(switched.done && switched.promotion?.id === target && switched.promotion.horizonXid !== undefined)
  writers.resume(fleet.place(target))
  fleet.primary = target
  await writers.firstAfter(performance.now())
  await back(former)

  // Power: everything at once, and who starts it again has a map from before the last promotion.
  await fleet.driver.signal(target, "SIGSTOP", fleet.epoch)
  const inTime = AbortSignal.timeout(20_000)
  await Promise.all([one, two, three].map(id => killServer(`.banyan/data/${id}`, inTime)))
  for (const id of [one, two, three]) await fleet.until(id, "to end", ({ state }) => state === "exited")
  fleet.primary = former
  await fleet.start(former)
  await fleet.until(former, "to be a replica", ({ database }) => database?.role === "replica")
  await fleet.start(target)
  await fleet.until(target, "to be the primary", ({ database }) => database?.role === "primary")
  fleet.primary = target
  await fleet.start(others[0] as InstanceId)
  for (const id of [former, ...others]) await fleet.act({ act: "attach", id, primary: target })
  await writers.firstAfter(performance.now())

  await assert.rejects(fleet.act({ act: "detach", id: target, primary: target }), { code: "BN2268" })
  await assert.rejects(fleet.act({ act: "attach", id: target, primary: former }), { code: "BN2269" })
  await fleet.act({ act: "quorum", primary: target, quorum: { members: [target], acks: 0 } })
  for (const id of [former, ...others]) {
    await fleet.driver.stop(id, 20_000, fleet.epoch)
    assert.deepEqual(await fleet.act({ act: "detach", id, primary: target }), { done: true })
    assert.deepEqual(await fleet.act({ act: "detach", id, primary: target }), { done: true })
    await fleet.driver.forget(id, fleet.epoch)
  }
  await writers.firstAfter(performance.now())
  await writers.end()
  assert.ok(writers.acknowledged.length > 100)
  assert.deepEqual(await writers.lost(fleet.place(target)), [])
})

test("a replica without data that is started before its primary waits for that, and copies it", async t => {
  const fleet = await FleetProject.start(t)
  await fleet.grow([two])
  for (const id of [two, one]) {
    await fleet.driver.stop(id, 20_000, fleet.epoch)
    await fleet.driver.forget(id, fleet.epoch)
  }
  rmSync(`.banyan/data/${two}`, { recursive: true })
  const starting = fleet.start(two)
  // Long enough that it asks in vain first.
  await sleep(500)
  await fleet.start(one)
  await starting
  await fleet.act({ act: "attach", id: two, primary: one })
  await fleet.until(two, "to stream", seen => seen.database?.streaming === true)
})
