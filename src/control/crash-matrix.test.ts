import assert from "node:assert/strict"
import { test } from "node:test"
import type { Change } from "../wire/admin.ts"
import type { Control } from "./control.ts"
import { FakeService, settled } from "./control-fixture.ts"
import type { Journal, JournalContent } from "./journal/journal.ts"
import type { JournalRecord } from "./journal/journal-record.ts"
import { MemoryJournal, type MemoryJournalStore } from "./journal/memory-journal.ts"

type CrashPoint = { readonly record: number; readonly when: "before" | "after" }

/** A journal whose control plane stops dead before, or right after, one of its records: that append never returns. */
class CrashingJournal implements Journal {
  readonly crashed = Promise.withResolvers<void>()
  readonly records: JournalRecord[] = []
  readonly #inner: MemoryJournal
  #point: CrashPoint | undefined

  constructor(store: MemoryJournalStore) {
    this.#inner = new MemoryJournal(store)
  }

  /** From now on records are counted, from 0. */
  arm(point: CrashPoint | undefined): void {
    this.records.length = 0
    this.#point = point
  }

  read(): Promise<JournalContent> {
    return this.#inner.read()
  }

  async append(expectedSeq: number, record: JournalRecord): Promise<boolean> {
    const here = this.#point?.record === this.records.length
    this.records.push(record)
    if (!here) return this.#inner.append(expectedSeq, record)
    if (this.#point?.when === "after") await this.#inner.append(expectedSeq, record)
    this.crashed.resolve()
    return new Promise(() => {})
  }

  compact(expectedSeq: number, records: readonly JournalRecord[]): Promise<boolean> {
    return this.#inner.compact(expectedSeq, records)
  }

  async close(): Promise<void> {}
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
const scenarios: readonly Scenario[] = [
  { name: "grow", before: [], change: { type: "grow" }, outcomes: [single, balanced] },
  { name: "shrink", before: [{ type: "grow" }], change: { type: "shrink" }, outcomes: [single, balanced] },
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
  const journal = new CrashingJournal(service.store)
  const control = service.control({ journal })
  await control.start()
  await settled(control)
  for (const change of before) {
    await control.change(change)
    await settled(control)
  }
  spoil?.(service)
  service.mustServe = true
  return { journal, control }
}

async function runAndCrash(control: Control, journal: CrashingJournal, change: Change): Promise<void> {
  control.change(change).catch(() => {})
  await journal.crashed.promise
  await control.stop()
}

for (const scenario of scenarios)
  test(`the control plane dies before and after every record of ${scenario.name}`, async t => {
    const rehearsal = new FakeService(t)
    const { journal, control } = await prepare(rehearsal, scenario)
    journal.arm(undefined)
    await control.change(scenario.change)
    await settled(control)
    const types = journal.records.map(record => record.type)
    assert.ok(types.includes("plan-start") && types.includes("plan-end") && types.includes("map"))

    for (const record of types.keys())
      for (const when of ["before", "after"] as const)
        await t.test(`${when} record ${record} (${types[record]})`, async t => {
          const service = new FakeService(t)
          const { journal, control } = await prepare(service, scenario)
          journal.arm({ record, when })
          await runAndCrash(control, journal, scenario.change)

          const next = service.control()
          await next.start()
          await settled(next)
          const running = service.driver.running().join(" ")
          assert.ok(scenario.outcomes.includes(running), `half-way: ${running}`)
          // The overrides say what runs, so the next start of all does not undo it.
          assert.equal(service.overrides === undefined, running === single)
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
  const next = service.control()
  await next.start()
  await settled(next)
  assert.deepEqual(service.driver.calls.slice(calls), ["fence"])
  assert.equal(next.state().plan, null)
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
