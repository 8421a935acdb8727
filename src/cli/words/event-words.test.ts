import assert from "node:assert/strict"
import { test } from "node:test"
import { stripVTControlCharacters } from "node:util"
import type { DatabasesView, EventView, PlanView } from "../../wire/admin.ts"
import { EventWords } from "./event-words.ts"

const databases: DatabasesView = {
  ...{ primary: "postgres-2", timeline: 2 },
  quorum: { members: ["postgres-1", "postgres-2"], acks: 1, isSettled: true },
  promotion: {
    ...{ id: "postgres-2", former: "postgres-1", timeline: 2, why: "fail-over", atMs: 1_000 },
    parts: { promoteMs: 40 },
  },
}
const none: DatabasesView = { ...databases, quorum: { ...databases.quorum, following: 0 } }
const event = (at: number, of: DatabasesView): EventView => ({ type: "databases", at, databases: of })
const plan = (trigger: string): EventView => {
  const view = { id: "plan-1", trigger, from: "replicated", to: "replicated", phases: [], state: "running" }
  return { type: "plan", at: 0, plan: view as PlanView }
}

function told(...events: readonly EventView[]): string[] {
  const words = new EventWords()
  const lines = events.flatMap(each => words.lines(each))
  return lines.map(line => stripVTControlCharacters(line).slice("00:00:00  ".length))
}

test("a promotion is news once, however long ago it was by then; what commits wait for, whenever it changes", () => {
  assert.deepEqual(told(event(2_000, databases), event(9_000, databases), event(10_000, none)), [
    "databases: commits wait for 1 of postgres-1, timeline 2",
    "last fail-over: postgres-2 in place of postgres-1, 1.0 s ago (promote 40 ms)",
    "databases: writes wait: commits wait for 1 of postgres-1, and none of them follows, timeline 2",
  ])
})

test("replicas that are taken down with all others are no trouble", () => {
  assert.deepEqual(told(plan("down"), event(2_000, none)), ["down: stage replicated, 0 steps in 0 phases"])
})
