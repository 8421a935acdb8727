import assert from "node:assert/strict"
import { test } from "node:test"
import { ManualClock } from "../../kit/clock.ts"
import { systemClock } from "../../kit/node/system-clock.ts"
import type { Epoch } from "../../wire/epoch.ts"
import type { ServiceMap } from "../../wire/map.ts"
import { databaseConformance } from "../database-conformance.ts"
import type { DriverEvent, InstanceSpec } from "../driver.ts"
import { driverConformance } from "../driver-conformance.ts"
import { ScriptedDriver } from "./scripted-driver.ts"
import { ScriptedFleet } from "./scripted-fleet.ts"

driverConformance("scripted", () => {
  const driver = new ScriptedDriver({ clock: systemClock })
  return { driver, reattach: () => driver }
})

databaseConformance("scripted", () => {
  const fleet = new ScriptedFleet({ clock: systemClock })
  const driver = new ScriptedDriver({ clock: systemClock, fleet })
  return { driver, addressOf: id => ({ path: `${id}.sock` }) }
})

const epoch: Epoch = { term: 1, counter: 1 }
const web: InstanceSpec = { id: "web-1", group: "web", version: "1" }
const database: InstanceSpec = { id: "postgres-1", group: "postgres", version: "1" }
const map: ServiceMap = {
  wire: 1,
  epoch,
  stage: "balanced",
  fronts: [],
  backends: [],
  databases: [],
  settings: { drainTimeoutMs: 1000 },
}

function scripted() {
  const clock = new ManualClock()
  const driver = new ScriptedDriver({ clock })
  const events: DriverEvent[] = []
  driver.subscribe(event => events.push(event))
  const stateOf = async (id: string) => (await driver.list()).find(each => each.id === id)?.state
  return { clock, driver, events, stateOf }
}

test("a start fails, or takes its time", async () => {
  const { clock, driver, stateOf } = scripted()
  driver.scripts.set("web-1", { failStart: new Error("no such program") })
  await assert.rejects(driver.start(web, map, epoch), /no such program/)
  driver.scripts.set("web-1", { startTakesMs: 100 })
  const started = driver.start(web, map, epoch)
  clock.advance(99)
  assert.equal(await stateOf("web-1"), undefined)
  clock.advance(1)
  await started
  assert.equal(await stateOf("web-1"), "running")
})

test("a database is ready late, or never", async () => {
  const { clock, driver, events, stateOf } = scripted()
  driver.scripts.set("postgres-1", { readyAfterMs: 50 })
  driver.scripts.set("postgres-2", { readyAfterMs: "never" })
  await driver.start(database, map, epoch)
  await driver.start({ ...database, id: "postgres-2" }, map, epoch)
  clock.advance(50)
  assert.deepEqual(await Promise.all([stateOf("postgres-1"), stateOf("postgres-2")]), ["ready", "running"])
  assert.deepEqual(events, [{ type: "ready", id: "postgres-1" }])
})

test("a process ends by itself, and every event may be told twice", async () => {
  const { clock, driver, events } = scripted()
  driver.scripts.set("web-1", { exitAfterMs: 10, exitCode: 7, duplicateEvents: true })
  await driver.start(web, map, epoch)
  clock.advance(10)
  assert.deepEqual((await driver.list())[0]?.exit, { code: 7, signal: null, atMs: 10 })
  assert.deepEqual(events, [
    { type: "exited", id: "web-1" },
    { type: "exited", id: "web-1" },
  ])
})

test("a process that is slow to stop is killed when its grace is over", async () => {
  const { clock, driver } = scripted()
  driver.scripts.set("web-1", { stopTakesMs: 500 })
  await driver.start(web, map, epoch)
  const stopped = driver.stop("web-1", 100, epoch)
  clock.advance(100)
  await stopped
  assert.equal((await driver.list())[0]?.exit?.signal, "SIGKILL")
})

test("without its agent nothing can be asked, and what happened meanwhile is seen afterwards", async () => {
  const { driver, events, stateOf } = scripted()
  await driver.start(web, map, epoch)
  driver.detach()
  await assert.rejects(driver.list(), { code: "BN1407" })
  driver.crash("web-1")
  driver.attach()
  assert.equal(await stateOf("web-1"), "exited")
  assert.deepEqual(events, [{ type: "detached" }, { type: "attached" }])
})
