import assert from "node:assert/strict"
import { test } from "node:test"
import { LedgerWriters } from "../../testing/ledger-writers.ts"
import { temporaryFleet, testTimeoutMs } from "../../testing/temporary-fleet.ts"
import { applyQuorum } from "./apply-quorum.ts"
import { failOver } from "./failover.ts"
import { atServer, type Member } from "./member.ts"
import { quorumOf } from "./quorum.ts"
import { forgetReplica } from "./replica.ts"
import { followersOf, waitStreaming } from "./streaming.ts"

test("a replica that does not answer: nobody is promoted, it is said why, and all follow the former primary again", async t => {
  const fleet = await temporaryFleet(t)
  const quorum = await fleet.makeSynchronous()
  const { signal } = new AbortController()
  fleet.at("postgres-3").freeze()
  const result = await failOver({
    former: fleet.primary.member,
    standbys: fleet.members.slice(1),
    quorums: [quorum],
    killFormer: async () => {},
    fenceWithinMs: 1000,
    quorumWithinMs: testTimeoutMs,
    signal,
  })
  fleet.at("postgres-3").thaw()
  assert.equal(result.promoted, false)
  assert.equal(result.refusal.code, "too-few-reached")
  assert.match(result.refusal.words, /^1 of 2 replicas were reached, .* postgres-3 may hold one/)
  const writers = await LedgerWriters.start(fleet.primary, 1)
  t.after(() => writers.end())
  await writers.firstAfter(performance.now())
  await atServer(fleet.primary.member, signal, async client => {
    const followers = (await followersOf(client)).filter(({ state }) => state === "streaming")
    assert.ok(followers.length >= 1)
  })
})

test("whoever is refused is told so when the former primary has ended, and may start it again at once", async t => {
  const fleet = await temporaryFleet(t, { replicas: 1 })
  const quorum = await fleet.makeSynchronous()
  await fleet.at("postgres-2").killWholly()
  const result = await failOver({
    former: fleet.primary.member,
    standbys: fleet.members.slice(1),
    quorums: [quorum],
    killFormer: () => fleet.primary.killWholly(),
    fenceWithinMs: testTimeoutMs,
    quorumWithinMs: testTimeoutMs,
    signal: new AbortController().signal,
  })
  assert.equal(result.promoted, false)
  await fleet.primary.start()
  await atServer(fleet.primary.member, AbortSignal.timeout(testTimeoutMs), async () => {})
})

test("one primary, one replica: commits wait only for who streams; an aborted failover leaves all as it was", async t => {
  const fleet = await temporaryFleet(t, { replicas: 1 })
  const { signal } = new AbortController()
  const [primary, replica] = fleet.members as [Member, Member]
  const asked = { primary, standbys: [replica], withinMs: testTimeoutMs, signal }
  const strangers = { members: ["postgres-1", "postgres-8", "postgres-9"], acks: 1 }
  await assert.rejects(applyQuorum({ ...asked, quorum: strangers }), {
    code: "BN2261",
    message: /wait for 1 of postgres-8, postgres-9, and would wait for ever: 0 of them stream/,
  })
  const quorum = await fleet.makeSynchronous()
  const writers = await LedgerWriters.start(fleet.primary, 1)
  t.after(() => writers.end())

  const abort = new AbortController()
  const attempt = failOver({
    former: primary,
    standbys: [replica],
    quorums: [quorum],
    killFormer: async () => abort.abort(new Error("not now")),
    fenceWithinMs: testTimeoutMs,
    quorumWithinMs: testTimeoutMs,
    signal: abort.signal,
  })
  await assert.rejects(attempt, { message: "not now" })
  await writers.firstAfter(performance.now())
  await waitStreaming(primary, replica, asked)

  // The last one leaves: first nobody waits for it any more.
  await applyQuorum({ ...asked, quorum: quorumOf(["postgres-1"]) })
  await fleet.at("postgres-2").killWholly()
  await forgetReplica(replica, primary, signal)
  await writers.firstAfter(performance.now())
  await writers.end()
  assert.deepEqual(await writers.lost(fleet.primary), [])
})
