import assert from "node:assert/strict"
import { test } from "node:test"
import { seededRandom } from "../../kit/random.ts"
import { LedgerWriters } from "../../tiers/data/testing/ledger-writers.ts"
import type { InstanceId } from "../../topology/topology.ts"
import { FleetProject } from "./fixtures/fleet-project.ts"

const rounds = Number(process.env["BANYAN_KEEPER_KILLS"] ?? 1)
const seed = Number(process.env["BANYAN_SEED"] ?? Math.trunc(Math.random() * 2 ** 31))
const all = ["postgres-1", "postgres-2", "postgres-3"] as const
const quorum = { members: all, acks: 1 }
/** About as many effects as an act has; more, and it is simply done. */
const most = { "fail-over": 60, attach: 40, "prepare-switchover": 30, "switch-over": 25, quorum: 25 } as const

test(`the keeper is killed in the middle of every act, and it is done again (${rounds} rounds, BANYAN_SEED=${seed})`, async t => {
  const random = seededRandom(seed)
  const fleet = await FleetProject.start(t)
  await fleet.grow(["postgres-2", "postgres-3"])
  const writers = await LedgerWriters.start(fleet.place("postgres-1"))
  t.after(() => writers.end())
  const died: string[] = []
  const act = async (given: Parameters<FleetProject["act"]>[0]) => {
    const nth = 1 + Math.trunc(random() * (most[given.act as keyof typeof most] ?? 10))
    const result = await fleet.actThoughKilled(nth, given)
    if (result.died) died.push(`${given.act} ${nth}`)
    assert.ok(result.outcome.done, JSON.stringify(result.outcome))
    return result.outcome
  }
  const others = (...but: InstanceId[]): InstanceId[] => all.filter(id => !but.includes(id))
  const attachAll = async (primary: InstanceId) => {
    fleet.primary = primary
    for (const id of others(primary)) {
      await fleet.start(id)
      await act({ act: "attach", id, primary })
    }
    for (const id of others(primary)) {
      const { database } = await fleet.until(id, "to stream", seen => seen.database?.streaming === true)
      assert.equal(database?.follows, primary)
    }
  }
  let [primary, timeline]: [InstanceId, number] = ["postgres-1", 1]
  for (let round = 0; round < rounds; round++) {
    await writers.firstAfter(performance.now())
    await fleet.driver.signal(primary, "SIGKILL", fleet.epoch)
    const failed = await act({ act: "fail-over", former: primary, standbys: others(primary), quorum })
    assert.deepEqual([failed.promotion?.former, failed.promotion?.timeline], [primary, ++timeline])
    primary = failed.promotion?.id as InstanceId
    writers.moveTo(fleet.place(primary))
    await attachAll(primary)
    await writers.firstAfter(performance.now())

    const [target, third] = others(primary) as [InstanceId, InstanceId]
    await act({ act: "prepare-switchover", former: primary, target, others: [third] })
    await writers.pause()
    const switched = await act({ act: "switch-over", former: primary, target, others: [third] })
    assert.deepEqual([switched.promotion?.id, switched.promotion?.timeline], [target, ++timeline])
    writers.resume(fleet.place(target))
    primary = target
    await attachAll(primary)
    await act({ act: "quorum", primary, quorum })
  }
  t.diagnostic(`killed: ${died.join(", ")}`)
  assert.equal((await fleet.promotions()).length, 2 * rounds)
  await writers.firstAfter(performance.now())
  await writers.end()
  assert.deepEqual(await writers.lost(fleet.place(primary)), [])
})
