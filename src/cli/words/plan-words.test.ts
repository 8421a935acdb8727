import assert from "node:assert/strict"
import { test } from "node:test"
import { stripVTControlCharacters } from "node:util"
import type { InstanceView, PlanView, StateView } from "../../wire/admin.ts"
import { EventWords } from "./event-words.ts"
import { nextAfter, planEnd, planLines, planTitle } from "./plan-words.ts"
import { stateLines } from "./state-words.ts"

const step = (kind: "start" | "route", id: string, state: "pending" | "done" | "failed" = "pending") => ({
  kind,
  id,
  state,
  reason: "because",
  ...(state === "pending" ? {} : { tookMs: 12 }),
})

const plan = (state: PlanView["state"], steps: "pending" | "done" | "failed"): PlanView => ({
  id: "plan-1",
  trigger: "grow",
  from: "single",
  to: "balanced",
  state,
  phases: [[step("start", "web-1", steps), step("start", "web-2", steps)], [step("route", "web-1", steps)]],
  ...(state === "running" ? {} : { startedAtMs: 1000, finishedAtMs: 2500 }),
  ...(state === "undone" ? { error: { code: "BN1310", message: "web-1 did not start", todo: "look" } } : {}),
})

const instance = (state: InstanceView["state"], requests = 0): InstanceView => ({
  id: "web-1",
  tier: "web",
  role: "web",
  state,
  pid: 42,
  address: "web-1.sock",
  version: "1",
  startedAtMs: 0,
  outstanding: 0,
  requests,
})

const plain = (lines: string[]) =>
  lines.map(line => stripVTControlCharacters(line).replace(/^\d\d:\d\d:\d\d {2}/, ""))

test("a plan as title, numbered phases, end and next command", () => {
  assert.equal(planTitle(plan("proposed", "pending")), "grow: single -> balanced, 3 steps in 2 phases")
  assert.deepEqual(planLines(plan("proposed", "pending")), [
    " 1  start  web-1       because",
    "    start  web-2       because",
    " 2  route  web-1       because",
  ])
  assert.equal(stripVTControlCharacters(planEnd(plan("done", "done"))), "done: stage balanced in 1.5 s")
  assert.equal(
    stripVTControlCharacters(planEnd(plan("undone", "failed"))),
    "undone in 1.5 s, back at stage single: web-1 did not start",
  )
  assert.equal(nextAfter(plan("done", "done")), "npx banyan scale web=4")
  assert.equal(nextAfter(plan("failed", "failed")), "npx banyan logs")
})

test("events are told once: a plan's steps as they end, an instance when its state changes", () => {
  const words = new EventWords()
  const told = [
    { type: "plan", at: 0, plan: plan("running", "pending") },
    { type: "plan", at: 0, plan: plan("running", "pending") },
    { type: "instance", at: 0, instance: instance("starting") },
    { type: "instance", at: 0, instance: instance("ready") },
    { type: "instance", at: 0, instance: instance("ready", 99) },
    { type: "plan", at: 0, plan: plan("done", "done") },
    { type: "gone", at: 0, id: "web-1", reason: "it was stopped" },
    { type: "instance", at: 0, instance: instance("ready") },
  ] as const
  assert.deepEqual(plain(told.flatMap(event => words.lines(event))), [
    "grow: single -> balanced, 3 steps in 2 phases",
    "web-1 starting",
    "web-1 ready (pid 42)",
    "  ok  start  web-1       because (12 ms)",
    "  ok  start  web-2       because (12 ms)",
    "  ok  route  web-1       because (12 ms)",
    "done: stage balanced in 1.5 s",
    "web-1 is gone: it was stopped",
    "web-1 ready (pid 42)",
  ])
})

test("a state is shown in the order of a request, ids counted as numbers", () => {
  const state: StateView = {
    schema: 1,
    stage: "balanced",
    desired: { stage: "balanced", instances: {} },
    settled: true,
    app: null,
    epoch: { term: 2, counter: 7 },
    service: { name: "beigel", url: "http://127.0.0.1:8080" },
    supervisor: { pid: 7, startedAtMs: 0 },
    instances: [
      { ...instance("ready"), id: "postgres-1", tier: "data", role: "primary" },
      { ...instance("ready"), id: "web-10" },
      { ...instance("starting"), id: "web-2", progress: "loading", errorsLastMinute: 3 },
      { ...instance("ready"), id: "edge-1", tier: "edge", role: "edge" },
    ],
    traffic: { requestsPerSecond: 1, errorsPerSecond: 0, latencyMs: { p50: 1, p99: 2 } },
    totals: { requests: 12, answers: { "2xx": 12 }, refusals: {}, aborted: 1, retries: 2 },
    fronts: [],
    plan: null,
    lastPlan: null,
  }
  const lines = plain(stateLines(state, 5000))
  assert.equal(lines[0], "beigel  http://127.0.0.1:8080  stage balanced  settled")
  assert.deepEqual(
    lines.slice(3, 7).map(line => line.split(/\s+/)[0]),
    ["edge-1", "web-2", "web-10", "postgres-1"],
  )
  assert.match(lines[4]!, /starting: loading/)
  assert.equal(
    lines[8],
    "3 errors in the last minute in the log of web-2: npx banyan logs web-2 --level error",
  )
  assert.equal(lines.at(-2), "12 requests in all, 1 aborted, 2 sent again; 0 front doors open")
  assert.equal(lines.at(-1), "control plane: pid 7, map 2.7")
})
