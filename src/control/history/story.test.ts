import assert from "node:assert/strict"
import { test } from "node:test"
import { type PlanView, timelineViewSchema } from "../../wire/admin.ts"
import { EventLog } from "../event-log.ts"
import { Story } from "./story.ts"

const plan = (id: string, more: Partial<PlanView> = {}): PlanView => ({
  ...{ id, trigger: "grow", from: "single", to: "balanced", phases: [], state: "running", startedAtMs: 5 },
  ...more,
})

test("the time line: a plan once, as it stands; deaths, but not who was stopped; a promotion once", () => {
  const events = new EventLog()
  const story = new Story(events, 1)
  events.append({ type: "plan", at: 5, plan: plan("plan-1-1") })
  events.append({ type: "plan", at: 9, plan: plan("plan-1-1", { state: "done", finishedAtMs: 9 }) })
  events.append({ type: "gone", at: 10, id: "app-1", reason: "app-1 was stopped" })
  events.append({ type: "gone", at: 11, id: "web-2", reason: "web-2 exited (SIGKILL)" })
  const promotion = {
    id: "postgres-2",
    former: "postgres-1",
    timeline: 2,
    why: "fail-over",
    atMs: 12,
    parts: {},
  } as const
  const quorum = { members: [], acks: 0, isSettled: true }
  for (const at of [12, 13])
    events.append({
      type: "databases",
      at,
      databases: { primary: "postgres-2", timeline: 2, quorum, promotion },
    })
  const { entries } = timelineViewSchema.parse(story.view())
  assert.deepEqual(
    entries.map(({ kind, words, plan }) => [kind, words, plan?.state]),
    [
      ["failover", "postgres-2 is the primary in place of postgres-1", undefined],
      ["crash", "web-2 exited (SIGKILL)", undefined],
      ["plan", "grow", "done"],
      ["supervisor", "this control plane began", undefined],
    ],
  )
  story.close()
})

test("a promotion is told at its own time; one of an earlier life is not told again", () => {
  const events = new EventLog()
  const hourMs = 3_600_000
  const story = new Story(events, hourMs)
  const promotedAt = (atMs: number, at: number) =>
    events.append({
      type: "databases",
      at,
      databases: {
        ...{ primary: "postgres-2", timeline: 2, quorum: { members: [], acks: 0, isSettled: true } },
        promotion: {
          id: "postgres-2",
          former: "postgres-1",
          timeline: 2,
          why: "switch-over",
          atMs,
          parts: {},
        },
      },
    })
  const told = () => story.view().entries.map(({ kind, at }) => [kind, at - hourMs])
  promotedAt(1, hourMs + 5)
  assert.deepEqual(told(), [["supervisor", 0]])
  promotedAt(hourMs - 900, hourMs + 6)
  assert.deepEqual(told(), [
    ["supervisor", 0],
    ["switchover", -900],
  ])
  promotedAt(hourMs + 70, hourMs + 80)
  assert.deepEqual(told()[0], ["switchover", 70])
  story.close()
})

test("the time line is bounded", () => {
  const events = new EventLog()
  const story = new Story(events, 1)
  for (let at = 1; at <= 2_000; at++) events.append({ type: "gone", at, id: "web-1", reason: `${at}` })
  assert.ok(story.view().entries.length < 400)
  assert.equal(story.view().entries[0]?.words, "2000")
})
