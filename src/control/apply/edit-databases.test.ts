import assert from "node:assert/strict"
import { test } from "node:test"
import { zeroEpoch } from "../../wire/epoch.ts"
import type { ServiceMap } from "../../wire/map.ts"
import { quorumOf } from "../plan/quorum.ts"
import { withPossibleQuorum, withQuorum } from "./edit-databases.ts"

const ids = ["postgres-1", "postgres-2", "postgres-3", "postgres-4"]
const [all, two, alone] = [quorumOf(ids), quorumOf(ids.slice(0, 2)), quorumOf(ids.slice(0, 1))]
const map: ServiceMap = {
  wire: 1,
  epoch: zeroEpoch,
  stage: "replicated",
  fronts: [],
  backends: [],
  databases: [],
  settings: { drainTimeoutMs: 1000 },
}

test("a quorum in force takes the place of those before it", () => {
  const before = withPossibleQuorum({ ...map, quorums: [two] }, all)
  assert.deepEqual(withQuorum(before, all).quorums, [all])
})

test("of one alone the map says nothing", () => {
  assert.equal(withQuorum(withPossibleQuorum({ ...map, quorums: [two] }, alone), alone).quorums, undefined)
})

test("one that somebody else began to set meanwhile may be in force: it stays", () => {
  const both = withPossibleQuorum(withPossibleQuorum({ ...map, quorums: [two] }, all), two)
  assert.deepEqual(withQuorum(both, all).quorums, [all, two])
  assert.deepEqual(withQuorum(withQuorum(both, all), two).quorums, [two])
})

test("one that is not on the map any more drops nothing", () => {
  assert.deepEqual(withQuorum({ ...map, quorums: [all] }, two).quorums, [all])
})
