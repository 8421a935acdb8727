import assert from "node:assert/strict"
import { test } from "node:test"
import { stages } from "../topology/stages.ts"
import type { PlanView } from "../wire/admin.ts"
import { MemoryJournal } from "./journal/memory-journal.ts"
import { FakeService, settled, until } from "./testing/control-fixture.ts"

const stepsOf = (plan: PlanView | null) =>
  (plan?.phases ?? []).map(phase => phase.map(step => `${step.kind} ${step.id}`))

test("starts from nothing", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  assert.deepEqual(service.driver.running(), ["app-1", "postgres-1"])
  const { lastPlan, stage, instances } = control.state()
  assert.deepEqual(stepsOf(lastPlan), [
    ["start postgres-1"],
    ["route postgres-1"],
    ["start app-1"],
    ["route app-1"],
    ["open app-1"],
  ])
  assert.deepEqual([lastPlan?.trigger, lastPlan?.state, stage], ["start", "done", "single"])
  assert.deepEqual(
    instances.map(each => [each.id, each.tier, each.state]),
    [
      ["app-1", "edge+web", "ready"],
      ["postgres-1", "data", "ready"],
    ],
  )
})

test("a change is over when its overrides are on disk: who takes over before goes on with it", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  service.isDiskFull = true
  await control.change({ type: "grow" })
  await until(() => service.driver.running().includes("web-2") && !service.driver.running().includes("app-1"))
  assert.equal(control.state().settled, false)
  await control.stop()

  const next = service.control()
  await next.start()
  assert.equal(next.state().plan?.trigger, "grow")
  service.isDiskFull = false
  await settled(next)
  assert.equal(service.overrides?.by, "grow")
  assert.deepEqual(service.driver.running(), ["edge-1", "postgres-1", "web-1", "web-2"])
})

test("the journal is lost, and every process brings the epoch of another time: the term rises above them all", async t => {
  const service = new FakeService(t)
  service.base = stages.balanced
  service.savedEpochs.set("web-1", { term: 5, counter: 1 })
  service.savedEpochs.set("web-2", { term: 9, counter: 1 })
  service.savedEpochs.set("edge-1", { term: 12, counter: 1 })
  // While one of them is being outdone, the others say hello.
  class SlowJournal extends MemoryJournal {
    override async append(...record: Parameters<MemoryJournal["append"]>): Promise<boolean> {
      await new Promise(resolve => setTimeout(resolve, 20))
      return super.append(...record)
    }
  }
  const control = service.control({ journal: new SlowJournal(service.store) })
  await control.start()
  await settled(control)
  assert.ok(control.state().epoch.term > 12)
})

test("grows, scales, shrinks and goes down, always with an open front door", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  const preview = await control.preview({ type: "grow" })
  const grow = await control.change({ type: "grow" })
  assert.deepEqual(stepsOf(grow ?? null), stepsOf(preview))
  await settled(control)
  assert.deepEqual(service.driver.running(), ["edge-1", "postgres-1", "web-1", "web-2"])
  assert.deepEqual(stepsOf(control.state().lastPlan), stepsOf(grow ?? null))
  assert.equal(service.overrides?.by, "grow")

  await control.change({ type: "scale", instances: { web: 4 } })
  await settled(control)
  assert.deepEqual(service.driver.running(), ["edge-1", "postgres-1", "web-1", "web-2", "web-3", "web-4"])
  assert.equal(control.state().lastPlan?.trigger, "scale web=4")

  await control.change({ type: "scale", instances: { edge: 3, web: 2 } })
  await settled(control)
  assert.deepEqual(service.driver.running(), ["edge-1", "edge-2", "edge-3", "postgres-1", "web-1", "web-2"])
  for (const edge of [0, 9])
    await assert.rejects(control.change({ type: "scale", instances: { edge } }), {
      code: "BN1304",
      message: new RegExp(`edge=${edge}: stage .balanced. runs 1 to 8 of edge`),
    })

  await control.change({ type: "shrink" })
  await settled(control)
  assert.deepEqual(service.driver.running(), ["app-1", "postgres-1"])
  assert.equal(service.overrides, undefined)
  assert.equal(await control.change({ type: "apply" }), undefined)

  service.mustServe = false
  await control.down()
  await settled(control)
  assert.deepEqual(service.driver.running(), [])
  assert.equal(
    service.driver.calls.findLast(call => call.startsWith("stop")),
    "stop postgres-1",
  )
  assert.deepEqual(service.violations, [])
})

test("says what cannot be changed", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  await assert.rejects(control.change({ type: "shrink" }), { code: "BN1302" })
  await assert.rejects(control.change({ type: "scale", instances: { web: 4 } }), { code: "BN1303" })
  await assert.rejects(control.change({ type: "scale", instances: { edge: 2 } }), { code: "BN1303" })
  await assert.rejects(control.preview({ type: "scale", instances: { postgres: 2 } }), { code: "BN1304" })
  await assert.rejects(control.kill("web-9", "SIGKILL"), { code: "BN1306" })
  service.stuck.set("web-1", "waiting")
  await control.change({ type: "grow" })
  await assert.rejects(control.change({ type: "shrink" }), { code: "BN1305" })
})

test("a web process dies: off the map at once, a new one in its place", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  await control.change({ type: "grow" })
  await settled(control)
  await control.kill("web-2", "SIGKILL")
  await until(() => control.state().plan?.trigger === "web-2 exited (SIGKILL)")
  await settled(control)
  assert.deepEqual(stepsOf(control.state().lastPlan), [["forget web-2"], ["start web-2"], ["route web-2"]])
  assert.deepEqual(service.violations, [])
})

test("the edge dies, the app process dies, the database dies: each comes back in its place", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  service.mustServe = false
  for (const id of ["app-1", "postgres-1"] as const) {
    const pid = control.state().instances.find(each => each.id === id)?.pid
    service.driver.crash(id)
    await until(() => control.state().instances.some(each => each.id === id && each.pid !== pid && each.pid))
    await settled(control)
  }
  await control.change({ type: "grow" })
  await settled(control)
  service.driver.crash("edge-1")
  await until(() => control.state().lastPlan?.trigger === "edge-1 exited (SIGKILL)")
  await settled(control)
  assert.deepEqual(service.driver.running(), ["edge-1", "postgres-1", "web-1", "web-2"])
})

test("a start that fails takes the change back: the old topology serves on", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  service.driver.scripts.set("web-2", { exitAfterMs: 300, exitCode: 7 })
  service.stuck.set("web-2", "failed: no such table")
  const plan = await control.change({ type: "grow" })
  await settled(control)
  assert.deepEqual(service.driver.running(), ["app-1", "postgres-1"])
  const undone = control.plan(plan!.id)
  assert.equal(undone?.state, "undone")
  assert.match(undone?.error?.message ?? "", /web-2 did not start: it exited with code 7 .*no such table/)
  const states = Object.fromEntries(
    undone!.phases.flat().map(step => [`${step.kind} ${step.id}`, step.state]),
  )
  assert.deepEqual([states["start web-1"], states["start web-2"]], ["undone", "failed"])
  assert.equal(service.overrides, undefined)
  assert.deepEqual(service.violations, [])
})

test("a start that never gets ready is given up after its time", async t => {
  const service = new FakeService(t)
  const control = await service.started({ settings: { readyTimeoutMs: 600 } })
  service.stuck.set("web-1", "loading the universe")
  await control.change({ type: "grow" })
  await settled(control)
  assert.match(
    control.state().lastPlan?.error?.message ?? "",
    /not ready within 600 ms; it was at: loading the universe/,
  )
  assert.deepEqual(service.driver.running(), ["app-1", "postgres-1"])
})

test("an old instance that dies in the middle of a change is replaced, the change goes on", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  await control.change({ type: "grow" })
  await settled(control)
  service.driver.scripts.set("web-4", { startTakesMs: 200 })
  await control.change({ type: "scale", instances: { web: 4 } })
  service.driver.crash("web-1")
  await settled(control)
  assert.deepEqual(service.driver.running(), ["edge-1", "postgres-1", "web-1", "web-2", "web-3", "web-4"])
  assert.equal(control.state().lastPlan?.state, "done")
  assert.deepEqual(service.violations, [])
})

test("a first start that fails says why, and works once the cause is gone", async t => {
  const service = new FakeService(t)
  service.driver.scripts.set("app-1", { failStart: new Error("no such program") })
  const control = service.control()
  await control.start()
  await until(() => control.state().lastPlan?.state === "failed")
  assert.match(control.state().lastPlan?.error?.message ?? "", /start app-1: no such program/)
  service.driver.scripts.clear()
  await settled(control)
  assert.deepEqual(service.driver.running(), ["app-1", "postgres-1"])
})

test("a backend that never finishes is stopped at its deadline", async t => {
  const service = new FakeService(t)
  const control = await service.started({ settings: { drainTimeoutMs: 100, drainGraceMs: 100 } })
  service.busy.add("app-1")
  await control.change({ type: "grow" })
  await settled(control)
  assert.deepEqual(service.driver.running(), ["edge-1", "postgres-1", "web-1", "web-2"])
})

test("the host's agent goes away in the middle of a change and comes back: nothing fails", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  await control.change({ type: "grow" })
  service.driver.detach()
  await new Promise(resolve => setTimeout(resolve, 400))
  service.driver.attach()
  await settled(control)
  assert.equal(control.state().lastPlan?.state, "done")
  assert.deepEqual(service.driver.running(), ["edge-1", "postgres-1", "web-1", "web-2"])
  assert.deepEqual(service.violations, [])
})

test("down in the middle of a change, and events told twice", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  for (const id of ["web-1", "edge-1", "app-1"] as const)
    service.driver.scripts.set(id, { duplicateEvents: true })
  service.driver.scripts.set("web-2", { startTakesMs: 50 })
  await control.change({ type: "grow" })
  service.mustServe = false
  await control.down()
  await settled(control)
  assert.deepEqual(service.driver.running(), [])
})

test("a shrink asked for while a crash loop is being repaired is heard", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  await control.change({ type: "grow" })
  await settled(control)
  service.driver.scripts.set("web-2", { exitAfterMs: 1 })
  service.stuck.set("web-2", "dying")
  service.driver.crash("web-2")
  await until(() => service.driver.calls.filter(call => call === "start web-2").length > 3)
  await control.change({ type: "shrink" })
  await settled(control)
  assert.deepEqual(service.driver.running(), ["app-1", "postgres-1"])
  assert.deepEqual(service.violations, [])
})

test("a database that takes long to recover, and fails at first, is waited for", async t => {
  const service = new FakeService(t)
  const control = await service.started({ settings: { readyTimeoutMs: 150 } })
  service.driver.scripts.set("postgres-1", { exitAfterMs: 1, readyAfterMs: "never" })
  service.driver.crash("postgres-1")
  await until(() => control.state().lastPlan?.state === "failed")
  assert.match(
    control.state().lastPlan?.error?.message ?? "",
    /postgres-1 did not start: it exited with code 1/,
  )
  service.driver.scripts.set("postgres-1", { readyAfterMs: 600 })
  await settled(control)
  assert.equal(control.state().lastPlan?.phases.flat().at(-1)?.state, "done")
  assert.deepEqual(
    service.driver.calls.filter(call => call.startsWith("stop")),
    [],
  )
  assert.deepEqual(service.violations, [])
})

test("an end that is told before its stop has returned belongs to the stop", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  const stop = service.driver.stop.bind(service.driver)
  service.driver.stop = async (...told) => {
    await stop(...told)
    await new Promise(resolve => setTimeout(resolve, 30))
  }
  await control.change({ type: "grow" })
  await settled(control)
  const steps = stepsOf(control.state().lastPlan).flat()
  assert.ok(steps.includes("stop app-1"), steps.join(", "))
  assert.ok(!steps.includes("forget app-1"), steps.join(", "))
})
