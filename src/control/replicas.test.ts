import assert from "node:assert/strict"
import { test } from "node:test"
import { stages } from "../topology/stages.ts"
import type { InstanceId } from "../topology/topology.ts"
import type { Control } from "./control.ts"
import { FakeService, settled, until } from "./testing/control-fixture.ts"

/** A service with three databases, the first of them the primary. */
async function replicated(service: FakeService): Promise<Control> {
  const control = await service.started()
  for (const _ of ["balanced", "replicated"]) {
    await control.change({ type: "grow" })
    await settled(control)
  }
  return control
}

const primaryOf = (control: Control) => control.state().databases?.primary
const rolesIn = (control: Control) =>
  control
    .state()
    .instances.filter(each => each.tier === "data")
    .map(({ id, role, database }) => `${id} ${role} ${database?.streaming ?? "-"}`)

test("grow copies two replicas, commits wait for one of them; shrink takes both away, data and all", async t => {
  const service = new FakeService(t)
  const control = await replicated(service)
  const three = ["postgres-1", "postgres-2", "postgres-3"]
  assert.deepEqual(rolesIn(control), [
    "postgres-1 primary -",
    "postgres-2 replica true",
    "postgres-3 replica true",
  ])
  const quorum = { members: three, acks: 1 }
  assert.deepEqual(control.state().databases?.quorum, { ...quorum, isSettled: true, following: 2 })
  assert.deepEqual(service.fleet.data("postgres-1")?.quorum, quorum)

  await control.change({ type: "shrink" })
  await settled(control)
  assert.deepEqual(service.fleet.folders(), ["postgres-1"])
  assert.equal(service.fleet.data("postgres-1")?.quorum?.acks, 0)
  assert.equal(control.state().databases, undefined)
  assert.deepEqual(service.violations, [])
})

test("nobody reads from a replica while a process still believes that there is one database alone", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  await control.change({ type: "grow" })
  await settled(control)
  service.deaf.add("web-1")
  await control.change({ type: "grow" })
  const knows = (id: string) => service.processes.get(id)!.map.databases.length > 1
  const isRead = () =>
    service.processes.get("web-2")!.map.databases.some(({ role, state }) => role === "replica" && !state)
  const isRouting = () =>
    control
      .state()
      .plan?.phases.flat()
      .some(step => step.kind === "route" && step.state === "running") === true
  await until(() => knows("web-2") && isRouting())
  // A beat is longer than anything a map takes to those who hear it.
  await new Promise(resolve => setTimeout(resolve, 300))
  assert.deepEqual([knows("web-1"), isRead()], [false, false])
  service.hear("web-1")
  await until(isRead)
  await settled(control)
})

test("a primary that is killed is replaced, comes back as a replica, and nothing acknowledged is lost", async t => {
  const service = new FakeService(t)
  const control = await replicated(service)
  const acknowledged: string[] = []
  for (let nth = 0; nth < 20; nth++)
    service.fleet.write("postgres-1", `w${nth}`, () => acknowledged.push(`w${nth}`))
  await until(() => acknowledged.length > 0)
  service.driver.crash("postgres-1")
  await until(() => primaryOf(control) !== "postgres-1")
  await settled(control)
  const { primary, promotion, timeline } = control.state().databases!
  assert.equal(promotion?.former, "postgres-1")
  assert.equal(promotion?.id, primary)
  assert.equal(timeline, 2)
  const there = service.fleet.writes(primary as InstanceId)
  assert.deepEqual(
    acknowledged.filter(write => !there.has(write)),
    [],
  )
  assert.ok(rolesIn(control).includes("postgres-1 replica true"))
  assert.equal(control.state().lastPlan?.trigger.includes("postgres-1 exited (SIGKILL)"), true)
})

test("where a promotion might lose a write it is refused, which is told at once, and the primary is started again", async t => {
  const service = new FakeService(t)
  const control = await replicated(service)
  service.driver.scripts.set("postgres-1", { readyAfterMs: 300 })
  service.driver.scripts.set("postgres-3", { readyAfterMs: "never" })
  const heard: string[] = []
  control.events.subscribe(({ event }) => {
    if (event.type === "databases" && event.databases.refused !== undefined)
      heard.push(event.databases.refused.reason)
    if (event.type === "plan" && event.plan.error !== undefined) heard.push(event.plan.error.code)
  })
  service.driver.crash("postgres-3")
  service.driver.crash("postgres-1")
  await until(() => heard.length >= 2)
  assert.ok(heard.includes("BN1350"), heard.join())
  await until(() => service.driver.running().includes("postgres-1"))
  await until(() => service.fleet.answers("postgres-1"))
  assert.equal(primaryOf(control), "postgres-1")
  service.driver.scripts.clear()
})

test("when both replicas are lost it is told that writes wait, then commits wait for nobody, and with one of them for it again", async t => {
  const service = new FakeService(t)
  const control = await replicated(service)
  const replicas = ["postgres-2", "postgres-3"] as const
  const heard: string[] = []
  control.events.subscribe(({ event }) => {
    if (event.type === "databases")
      heard.push(`${event.databases.quorum.following} of ${event.databases.quorum.acks}`)
  })
  for (const id of replicas) {
    service.driver.scripts.set(id, { readyAfterMs: "never" })
    service.driver.crash(id)
  }
  await until(() => heard.includes("0 of 1"))
  await until(() => control.state().databases?.quorum.acks === 0)
  assert.equal(primaryOf(control), "postgres-1")
  service.driver.scripts.clear()
  for (const id of replicas) service.driver.crash(id)
  await until(() => heard.at(-1) === "2 of 1")
  assert.deepEqual(service.violations, [])
})

test("switchover: the furthest replica takes over, or the one that was named; nobody else can", async t => {
  const service = new FakeService(t)
  const control = await replicated(service)
  await control.change({ type: "switchover" })
  await settled(control)
  assert.equal(primaryOf(control), "postgres-2")
  assert.equal(control.state().lastPlan?.state, "done")
  assert.equal(control.state().databases?.promotion?.why, "switch-over")
  assert.ok("pauseMs" in (control.state().databases?.promotion?.parts ?? {}))
  await control.change({ type: "switchover", to: "postgres-3" })
  await settled(control)
  assert.equal(primaryOf(control), "postgres-3")
  assert.equal(await control.change({ type: "switchover", to: "postgres-3" }), undefined)
  await assert.rejects(control.change({ type: "switchover", to: "web-1" }), { code: "BN1352" })
  await assert.rejects(control.change({ type: "switchover", to: "postgres-77" }), { code: "BN1306" })
})

test("with five databases two acknowledge each commit, and a switchover under writes goes through", async t => {
  const service = new FakeService(t)
  const control = await replicated(service)
  await control.change({ type: "scale", instances: { postgres: 5 } })
  await settled(control)
  assert.equal(control.state().databases?.quorum.acks, 2)
  const unanswered = new Set<string>()
  let count = 0
  const writing = setInterval(() => {
    const write = `w${count++}`
    if (service.fleet.write("postgres-1", write, () => unanswered.delete(write))) unanswered.add(write)
  }, 5)
  t.after(() => clearInterval(writing))
  service.underWay = () => (unanswered.size === 0 ? {} : { "postgres-1": unanswered.size })
  const plan = await control.change({ type: "switchover" })
  await until(() =>
    [...service.processes.values()].some(({ map }) => map.databases.some(each => each.state === "paused")),
  )
  clearInterval(writing)
  await settled(control)
  assert.equal(control.plan(plan!.id)?.state, "done")
  assert.equal(unanswered.size, 0)
  assert.equal(control.state().databases?.quorum.acks, 2)
})

for (const act of ["prepare-switchover", "switch-over"] as const)
  test(`a switchover whose ${act} fails changes nothing, and no pause is left`, async t => {
    const service = new FakeService(t)
    const control = await replicated(service)
    service.driver.databases!.failing.set(act, new Error("the disk is full"))
    const plan = await control.change({ type: "switchover" })
    await settled(control)
    const ended = control.plan(plan!.id)
    assert.equal(ended?.state, "failed")
    assert.match(ended?.error?.message ?? "", /the disk is full/)
    const { databases } = control.state()
    assert.equal(databases?.primary, "postgres-1")
    assert.equal(databases?.isPaused, undefined)
    const maps = () => [...service.processes.values()].map(({ map }) => map)
    await until(() => maps().every(map => map.databases.every(({ state }) => state === undefined)))
  })

test("settings that want a restart: replicas first, then the primary's place, and nothing that was acknowledged is lost", async t => {
  const service = new FakeService(t)
  const control = await replicated(service)
  service.base = stages.replicated
  assert.equal(await control.change({ type: "apply" }), undefined)
  const [acknowledged, unanswered] = [new Set<string>(), new Set<string>()]
  let count = 0
  const writing = setInterval(() => {
    const write = `w${count++}`
    const done = () => unanswered.delete(write) && acknowledged.add(write)
    if (service.fleet.write(primaryOf(control) as InstanceId, write, done)) unanswered.add(write)
  }, 5)
  t.after(() => clearInterval(writing))
  const replicasAway = new Set<string>()
  control.events.subscribe(() => {
    const away = ["postgres-1", "postgres-2", "postgres-3"].filter(
      id => !service.fleet.answers(id as InstanceId),
    )
    replicasAway.add(away.join())
  })
  service.settings = { sharedBuffersMb: 64, settings: {} }
  const { phases } = await control.preview({ type: "apply" })
  assert.deepEqual(
    phases.map(phase => phase.map(({ kind, id }) => `${kind} ${id}`).join()),
    [
      ...["postgres-2", "postgres-3"].flatMap(id => [`drain ${id}`, `attach ${id}`, `route ${id}`]),
      ...["switch-over postgres-2", "start postgres-1", "route postgres-1"],
    ],
  )
  assert.ok(service.settings !== undefined && control.state().settled, "a look changes nothing")
  const plan = await control.change({ type: "apply" })
  assert.equal(plan?.trigger, "apply")
  await until(() => control.plan(plan!.id)?.state === "done")
  await settled(control)
  clearInterval(writing)
  assert.equal(primaryOf(control), "postgres-2")
  assert.equal(control.state().databases?.promotion?.why, "switch-over")
  for (const id of ["postgres-1", "postgres-2", "postgres-3"] as const) {
    assert.equal(service.fleet.data(id)?.sharedBuffersMb, 64)
    assert.equal(service.fleet.isRestartDue(id), false, id)
  }
  assert.ok(
    [...replicasAway].every(ids => ids.split(",").length < 2),
    [...replicasAway].join("; "),
  )
  const there = service.fleet.writes("postgres-2")
  assert.ok(acknowledged.size > 0)
  assert.deepEqual(
    [...acknowledged].filter(write => !there.has(write)),
    [],
  )
  assert.deepEqual(service.violations, [])
})

test("settings nobody takes are refused and nothing is begun; a lone database is told them, and says what waits", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  service.settings = { sharedBuffersMb: 64, settings: {} }
  service.driver.databases!.failing.set("configure", new Error("work_mem: no such number"))
  await assert.rejects(control.change({ type: "apply" }), /no such number/)
  assert.ok(service.settings !== undefined, "it was not taken")
  service.driver.databases!.failing.clear()
  assert.equal(await control.change({ type: "apply" }), undefined)
  const warning = () => control.state().instances.find(({ id }) => id === "postgres-1")?.warning
  assert.match(warning() ?? "", /postgres-1 takes changed settings up when it is started again/)
  assert.ok(control.state().settled)
})

test("after everything was lost at once the same one is the primary", async t => {
  const service = new FakeService(t)
  const control = await replicated(service)
  await control.change({ type: "switchover" })
  await settled(control)
  await control.stop()
  service.powerCut()
  const next = service.control()
  await next.start()
  await settled(next)
  assert.equal(primaryOf(next), "postgres-2")
  assert.equal(next.state().databases?.timeline, 2)
  assert.equal(next.state().databases?.quorum.acks, 1)
})

test("copies for which there is no room are refused before anything is done", async t => {
  const service = new FakeService(t)
  service.room = { neededBytes: 2 ** 30, freeBytes: 2 ** 20 }
  const control = await service.started()
  await control.change({ type: "grow" })
  await settled(control)
  await assert.rejects(control.change({ type: "grow" }), /2 more copies of the database \(1024 MB each\)/)
  assert.equal(control.state().stage, "balanced")
})
