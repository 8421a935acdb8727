import assert from "node:assert/strict"
import { test } from "node:test"
import { failOverRound, switchOverRound } from "../../testing/fleet-rounds.ts"
import { LedgerWriters } from "../../testing/ledger-writers.ts"
import { temporaryFleet, testTimeoutMs } from "../../testing/temporary-fleet.ts"
import { atServer } from "./member.ts"
import { promote } from "./promote.ts"

const rounds = Number(process.env["BANYAN_FAILOVERS"] ?? 3)
const strikes = ["kill", "freeze", "alive"] as const

test(`${rounds} failovers and ${rounds} switchovers under load: no acknowledged write is lost, each primary comes back`, async t => {
  const fleet = await temporaryFleet(t)
  const quorum = await fleet.makeSynchronous()
  const writers = await LedgerWriters.start(fleet.primary)
  t.after(() => writers.end())
  let primary = "postgres-1"
  let timeline = 1
  for (let round = 0; round < rounds; round++) {
    const strike = strikes[round % strikes.length]!
    const { result, ...failover } = await failOverRound(fleet, primary, quorum, writers, strike)
    t.diagnostic(JSON.stringify({ strike, ...result.parts, ...failover }))
    assert.equal(result.timeline, ++timeline)
    assert.ok(result.hasQuorum)
    primary = result.primary.id

    const to = quorum.members.find(id => id !== primary) as string
    const { result: planned, ...switchover } = await switchOverRound(fleet, primary, to, writers)
    t.diagnostic(JSON.stringify({ ...planned.parts, ...switchover }))
    assert.equal(planned.timeline, ++timeline)
    assert.notEqual(planned.horizon, undefined)
    assert.equal(switchover.back.how, "streamed")
    primary = to
  }
  await writers.end()
  assert.ok(writers.acknowledged.length > rounds)
  assert.deepEqual(await writers.lost(fleet.at(primary)), [])
})

/** In the long form only: it is about the ledger, and costs a fleet. */
const lie = process.env["BANYAN_FAILOVERS"] === undefined ? () => {} : test

lie("the ledger can tell: promoted without a fence, acknowledged writes are lost", async t => {
  const fleet = await temporaryFleet(t)
  await fleet.makeSynchronous()
  const writers = await LedgerWriters.start(fleet.primary)
  t.after(() => writers.end())
  await writers.firstAfter(performance.now())
  const target = fleet.at("postgres-2")
  const { timeline } = await atServer(target.member, new AbortController().signal, client =>
    promote(client, target.member, undefined, AbortSignal.timeout(testTimeoutMs)),
  )
  assert.equal(timeline, 2)
  // The former primary lives, and the third one acknowledges to it.
  await writers.firstAfter(performance.now() + 200)
  await writers.end()
  assert.notDeepEqual(await writers.lost(target), [])
})
