import assert from "node:assert/strict"
import { test } from "node:test"
import { memoryFreezes } from "./faults/freeze-store.ts"
import { FakeService, settled, until } from "./testing/control-fixture.ts"

async function grown(service: FakeService, rungs: number) {
  const control = await service.started()
  for (let rung = 0; rung < rungs; rung++) {
    await control.change({ type: "grow" })
    await settled(control)
  }
  return control
}

const idsOf = (control: Awaited<ReturnType<typeof grown>>) => control.state().instances.map(({ id }) => id)

test("restart: another one takes its place; drain: one fewer; each is what the plan has shown", async t => {
  const service = new FakeService(t)
  const control = await grown(service, 1)
  const shown = await control.preview({ type: "restart", id: "web-1" })
  const begun = await control.change({ type: "restart", id: "web-1" })
  assert.deepEqual(
    begun?.phases.flat().map(({ kind, id }) => `${kind} ${id}`),
    shown.phases.flat().map(({ kind, id }) => `${kind} ${id}`),
  )
  assert.equal(begun?.trigger, "restart web-1")
  await settled(control)
  assert.deepEqual(idsOf(control), ["edge-1", "web-2", "web-3", "postgres-1"])
  assert.equal(service.overrides?.by, "grow")

  await control.change({ type: "drain", id: "web-2" })
  await settled(control)
  assert.deepEqual(idsOf(control), ["edge-1", "web-3", "postgres-1"])
  assert.equal(service.overrides?.by, "drain web-2")
  assert.equal(control.state().lastPlan?.state, "done")
  assert.deepEqual(service.violations, [])
})

test("a start that fails takes the restart back, and the one that was to leave stays", async t => {
  const service = new FakeService(t)
  const control = await grown(service, 1)
  service.driver.scripts.set("web-3", { failStart: new Error("no memory") })
  await control.change({ type: "restart", id: "web-1" })
  await until(() => control.state().lastPlan?.trigger === "restart web-1")
  assert.equal(control.state().lastPlan?.state, "undone")
  await settled(control)
  assert.deepEqual(idsOf(control), ["edge-1", "web-1", "web-2", "postgres-1"])
  assert.deepEqual(service.violations, [])
})

test("a control plane that dies in the middle is gone on with", async t => {
  const service = new FakeService(t)
  const first = await grown(service, 1)
  service.busy.add("web-1")
  await first.change({ type: "restart", id: "web-1" })
  await until(() => idsOf(first).includes("web-3"))
  await first.stop()
  service.busy.delete("web-1")
  const second = service.control()
  await second.start()
  await settled(second)
  assert.deepEqual(idsOf(second), ["edge-1", "web-2", "web-3", "postgres-1"])
  assert.equal(second.state().lastPlan?.trigger, "restart web-1")
})

test("a database is started again while the others stand in for it; the primary gives its place away", async t => {
  const service = new FakeService(t)
  const control = await grown(service, 2)
  const bornOf = (id: string) => control.state().instances.find(each => each.id === id)?.startedAtMs
  for (const id of ["postgres-3", "postgres-1"]) {
    const born = bornOf(id)
    await control.change({ type: "restart", id })
    await settled(control)
    assert.equal(control.state().lastPlan?.state, "done", JSON.stringify(control.state().lastPlan))
    assert.notEqual(bornOf(id), born, id)
  }
  assert.notEqual(control.state().databases?.primary, "postgres-1")
})

test("what nobody could stand in for is refused with the reason", async t => {
  const service = new FakeService(t)
  const control = await grown(service, 1)
  const refused = async (type: "restart" | "drain", id: string, code: string, words: RegExp) => {
    for (const ask of [() => control.change({ type, id }), () => control.preview({ type, id })])
      await assert.rejects(ask, (error: Error & { code: string }) => {
        assert.equal(error.code, code)
        assert.match(error.message, words)
        return true
      })
  }
  await refused("restart", "postgres-1", "BN1355", /only database/)
  await refused("drain", "postgres-1", "BN1355", /primary/)
  await refused("drain", "web-9", "BN1306", /no instance/)
  await control.change({ type: "scale", instances: { web: 1 } })
  await settled(control)
  await refused("drain", "web-1", "BN1304", /web=0/)
})

test("a freeze ends by itself, is told in state, events and time line, and can be ended before", async t => {
  const service = new FakeService(t)
  const control = await grown(service, 1)
  const frozen = () => control.state().instances.find(({ id }) => id === "web-1")?.frozenUntilMs
  const untilMs = await control.freeze("web-1", 150)
  assert.equal(frozen(), untilMs)
  await until(() => frozen() === undefined)
  await control.freeze("web-1", 60_000)
  await control.thaw("web-1")
  assert.equal(frozen(), undefined)
  await assert.rejects(control.thaw("web-1"), { code: "BN1356" })
  await assert.rejects(control.freeze("web-9", 100), { code: "BN1306" })
  const words = control.timeline().entries.filter(({ kind }) => kind === "fault")
  assert.deepEqual(
    words.map(each => each.words),
    ["web-1 goes on", "web-1 was frozen for 60 s", "web-1 goes on", "web-1 was frozen for 0.15 s"],
  )
})

test("who is frozen while the agent is away is let go once it is back; a freeze that fails changes nothing", async t => {
  const service = new FakeService(t)
  const control = await grown(service, 1)
  const frozen = () => control.state().instances.find(({ id }) => id === "web-1")?.frozenUntilMs
  const untilMs = await control.freeze("web-1", 150)
  service.driver.detach()
  await assert.rejects(control.freeze("web-1", 60_000), { code: "BN1407" })
  await assert.rejects(control.thaw("web-1"), { code: "BN1407" })
  assert.equal(frozen(), untilMs)
  await until(() => Date.now() > untilMs + 100)
  assert.equal(frozen(), untilMs)
  service.driver.attach()
  await until(() => frozen() === undefined)
  assert.deepEqual(
    service.driver.calls.filter(call => call.startsWith("signal")),
    ["signal web-1 SIGSTOP", "signal web-1 SIGCONT"],
  )
})

test("who was frozen under an earlier control plane is let go by the next", async t => {
  const service = new FakeService(t)
  const store = memoryFreezes()
  const first = service.control({ freezes: store })
  await first.start()
  await settled(first)
  await first.freeze("app-1", 300)
  await first.stop()
  assert.equal(store.read().length, 1)
  const second = service.control({ freezes: store })
  await second.start()
  await until(() => store.read().length === 0)
  assert.deepEqual(
    service.driver.calls.filter(call => call.startsWith("signal")),
    ["signal app-1 SIGSTOP", "signal app-1 SIGCONT"],
  )
})
