import assert from "node:assert/strict"
import { test } from "node:test"
import type { Change } from "../wire/admin.ts"
import { type CrashPoint, CrashPointJournal } from "./journal/crash-point-journal.ts"
import type { JournalRecord } from "./journal/journal-record.ts"
import { MemoryJournal } from "./journal/memory-journal.ts"
import { FakeService, settled } from "./testing/control-fixture.ts"

/** Keeps what was written since it was asked to. */
class WatchedJournal extends MemoryJournal {
  records: JournalRecord[] = []

  override append(expectedSeq: number, record: JournalRecord): Promise<boolean> {
    this.records.push(record)
    return super.append(expectedSeq, record)
  }
}

/** A control plane that stops dead at a record: that append never returns, and nothing comes after it. */
function crashing(service: FakeService) {
  const crashed = Promise.withResolvers<void>()
  let point: CrashPoint | undefined
  const strike = () => {
    crashed.resolve()
    return new Promise<void>(() => {})
  }
  const watched = new WatchedJournal(service.store)
  const plant = (planted: CrashPoint | undefined) => {
    point = planted
    watched.records = []
  }
  return {
    journal: new CrashPointJournal(watched, () => point, strike),
    watched,
    plant,
    crashed: crashed.promise,
  }
}

type Scenario = {
  readonly name: string
  readonly change: Change
  readonly before: readonly Change[]
  /** Makes the change fail, so that the way back is crossed too. */
  readonly spoil?: (service: FakeService) => void
  /** What may run in the end. */
  readonly outcomes: readonly string[]
}

const single = "app-1 postgres-1"
const balanced = "edge-1 postgres-1 web-1 web-2"
const replicated = "edge-1 postgres-1 postgres-2 postgres-3 web-1 web-2"
const twoDoors = "edge-1 edge-2 postgres-1 web-1 web-2"
const edges = (edge: number): Change => ({ type: "scale", instances: { edge } })
const scenarios: readonly Scenario[] = [
  { name: "grow", before: [], change: { type: "grow" }, outcomes: [single, balanced] },
  { name: "shrink", before: [{ type: "grow" }], change: { type: "shrink" }, outcomes: [single, balanced] },
  {
    name: "one front door more",
    before: [{ type: "grow" }],
    change: edges(2),
    outcomes: [balanced, twoDoors],
  },
  {
    name: "one front door less",
    before: [{ type: "grow" }, edges(2)],
    change: edges(1),
    outcomes: [balanced, twoDoors],
  },
  {
    name: "replicas more",
    before: [{ type: "grow" }],
    change: { type: "grow" },
    outcomes: [balanced, replicated],
  },
  {
    name: "replicas less",
    before: [{ type: "grow" }, { type: "grow" }],
    change: { type: "shrink" },
    outcomes: [balanced, replicated],
  },
  {
    name: "a switchover",
    before: [{ type: "grow" }, { type: "grow" }],
    change: { type: "switchover" },
    outcomes: [replicated],
  },
  {
    name: "a grow that is taken back",
    before: [],
    change: { type: "grow" },
    spoil: service => service.driver.scripts.set("web-2", { failStart: new Error("no such program") }),
    outcomes: [single],
  },
]

/** Brings a service to where the change begins, with a control plane that will crash at `point`. */
async function prepare(service: FakeService, { before, spoil }: Scenario) {
  const crash = crashing(service)
  const control = service.control({ journal: crash.journal })
  await control.start()
  await settled(control)
  for (const change of before) {
    await control.change(change)
    await settled(control)
  }
  spoil?.(service)
  service.mustServe = true
  return { crash, control }
}

for (const scenario of scenarios)
  test(`the control plane dies before and after every record of ${scenario.name}`, async t => {
    const rehearsal = new FakeService(t)
    const { crash, control } = await prepare(rehearsal, scenario)
    crash.plant(undefined)
    await control.change(scenario.change)
    await settled(control)
    const types = crash.watched.records.map(record => record.type)
    assert.ok(types.includes("plan-start") && types.includes("plan-end") && types.includes("map"))

    for (const [index, type] of types.entries())
      for (const when of ["before", "after"] as const)
        await t.test(`${when} record ${index + 1} (${type})`, async t => {
          const service = new FakeService(t)
          const { crash, control } = await prepare(service, scenario)
          crash.plant({ nth: index + 1, when })
          control.change(scenario.change).catch(() => {})
          await crash.crashed
          await control.stop()

          const next = service.control()
          await next.start()
          await settled(next)
          const running = service.driver.running().join(" ")
          assert.ok(scenario.outcomes.includes(running), `half-way: ${running}`)
          // The overrides say what runs, so the next start of all does not undo it.
          assert.equal(service.overrides === undefined, running === single)
          const databases = service.driver.running().filter(id => id.startsWith("postgres"))
          assert.deepEqual(service.fleet.folders(), databases, "data of others are left")
          const { quorum } = next.state().databases ?? {}
          assert.equal(quorum?.isSettled ?? true, true)
          assert.equal(next.state().databases?.isPaused, undefined)
          assert.deepEqual(service.violations, [])
        })
  })

test("a control plane that was replaced while it slept can do nothing more", async t => {
  const service = new FakeService(t)
  const old = await service.started()
  const young = service.control()
  await young.start()
  old.change({ type: "grow" }).catch(() => {})
  assert.match((await old.deposed).code, /BN1321|BN1401/)
  await old.stop()
  await settled(young)
  assert.deepEqual(service.driver.running(), ["app-1", "postgres-1"])
})

test("a lost journal: the map and the term are recovered from what lives", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  await control.change({ type: "grow" })
  await settled(control)
  const { epoch } = control.state()
  await control.stop()
  service.store.entries = []
  const calls = service.driver.calls.length

  const next = service.control()
  await next.start()
  await settled(next)
  assert.ok(next.state().epoch.term > epoch.term)
  assert.deepEqual(service.driver.running(), ["edge-1", "postgres-1", "web-1", "web-2"])
  const since = service.driver.calls.slice(calls).filter(call => call !== "fence")
  assert.deepEqual(since, [])
  assert.deepEqual(service.violations, [])
})

test("a control plane that comes back adopts what runs and touches nothing", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  await control.stop()
  const calls = service.driver.calls.length
  const { lastPlan } = control.state()
  const next = service.control()
  await next.start()
  await settled(next)
  assert.deepEqual(service.driver.calls.slice(calls), ["fence"])
  assert.equal(next.state().plan, null)
  assert.deepEqual(next.plan(lastPlan!.id), lastPlan)
})

test("what died while there was no control plane is mended by the next one", async t => {
  const service = new FakeService(t)
  const control = await service.started()
  await control.change({ type: "grow" })
  await settled(control)
  await control.stop()
  service.driver.crash("web-1")
  const next = service.control()
  await next.start()
  await settled(next)
  assert.deepEqual(service.driver.running(), ["edge-1", "postgres-1", "web-1", "web-2"])
  assert.equal(next.state().lastPlan?.trigger, "web-1 exited (SIGKILL)")
  assert.deepEqual(service.violations, [])
})
