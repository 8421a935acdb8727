import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { until } from "../../../../kit/node/until.ts"
import { failOverRound, switchOverRound } from "../../testing/fleet-rounds.ts"
import { LedgerWriters } from "../../testing/ledger-writers.ts"
import { type TemporaryFleet, temporaryFleet, testTimeoutMs } from "../../testing/temporary-fleet.ts"
import { atServer } from "./member.ts"
import { promote } from "./promote.ts"

const rounds = Number(process.env["BANYAN_FAILOVERS"] ?? 3)
const pollMs = 2
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
    const number = firstNumber(
      t,
      fleet,
      quorum.members.filter(id => id !== primary),
    )
    const { result, ...failover } = await failOverRound(fleet, primary, quorum, writers, strike)
    const first = await number
    assert.ok(
      result.horizon === undefined || BigInt(result.horizon.xid) <= BigInt(first),
      `below the horizon ${result.horizon?.xid} a lost transaction would be called what became of ${first}`,
    )
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

/** Of the first transaction that a promoted standby gives a number to: at once, before anybody knows of its promotion. */
async function firstNumber(t: TestContext, fleet: TemporaryFleet, ids: readonly string[]): Promise<string> {
  const over = new AbortController()
  t.after(() => over.abort())
  const query = "select case when not pg_is_in_recovery() then pg_current_xact_id() end::text as xid"
  const asking = ids.map(id =>
    atServer(fleet.at(id).member, over.signal, client =>
      until(
        async () => (await client.query<{ xid: string | null }>(query)).rows[0]?.xid ?? undefined,
        pollMs,
        over.signal,
      ),
    ),
  )
  return Promise.any(asking).finally(() => over.abort())
}

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
