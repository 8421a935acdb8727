import assert from "node:assert/strict"
import { type TestContext, test } from "node:test"
import { isBanyanError } from "../kit/errors.ts"
import type { Epoch } from "../wire/epoch.ts"
import type { ServiceMap } from "../wire/map.ts"
import type { Driver, DriverEvent, InstanceSpec } from "./driver.ts"

/** A driver with nothing running. Whatever it starts must be gone after the test. */
export type DriverUnderTest = {
  readonly driver: Driver
  /** A second driver over the same far side, as a new supervisor would make one. */
  readonly reattach: () => Driver | Promise<Driver>
}

export type ConformanceOptions = {
  /** Exact test names and why they are left out; told on every run. */
  readonly optOuts?: Readonly<Record<string, string>>
}

type Check = (under: DriverUnderTest) => Promise<void>

const epoch: Epoch = { term: 2, counter: 5 }
const older: Epoch = { term: 1, counter: 9 }
const earlier: Epoch = { term: 2, counter: 4 }
const newer: Epoch = { term: 3, counter: 0 }
const web: InstanceSpec = { id: "web-1", group: "web", version: "1" }
const other: InstanceSpec = { id: "web-2", group: "web", version: "1" }
const database: InstanceSpec = { id: "postgres-1", group: "postgres", version: "1" }
const graceMs = 20_000
const map: ServiceMap = {
  wire: 1,
  epoch,
  stage: "balanced",
  fronts: [],
  backends: [],
  databases: [],
  settings: { drainTimeoutMs: 1000 },
}

/** What every driver promises (driver.ts), whatever is underneath. */
export function driverConformance(
  name: string,
  factory: (t: TestContext) => DriverUnderTest | Promise<DriverUnderTest>,
  options: ConformanceOptions = {},
): void {
  for (const [words, check] of Object.entries(checks)) {
    const reason = options.optOuts?.[words]
    test(`${name}: ${words}`, { skip: reason ?? false }, async t => check(await factory(t)))
  }
}

const checks: Readonly<Record<string, Check>> = {
  "what is started is listed": async ({ driver }) => {
    assert.deepEqual(await driver.list(), [])
    await driver.start(web, map, epoch)
    const instance = await find(driver, "web-1")
    assert.equal(instance?.group, "web")
    assert.equal(instance?.version, "1")
    assert.equal(instance?.state, "running")
    assert.ok(instance?.startedAtMs > 0)
  },

  "starting twice starts one process": async ({ driver }) => {
    await Promise.all([driver.start(web, map, epoch), driver.start(web, map, epoch)])
    const first = (await find(driver, "web-1"))?.pid
    await driver.start(web, map, epoch)
    assert.equal((await find(driver, "web-1"))?.pid, first)
    assert.equal((await driver.list()).length, 1)
  },

  "another version of a running id is refused": async ({ driver }) => {
    await driver.start(web, map, epoch)
    await assert.rejects(driver.start({ ...web, version: "2" }, map, epoch), hasCode("BN1404"))
    assert.equal((await find(driver, "web-1"))?.version, "1")
  },

  "a stopped process is gone when stop resolves, and listed until it is forgotten": async ({ driver }) => {
    await driver.start(web, map, epoch)
    const exit = nextEvent(driver, event => event.type === "exited" && event.id === "web-1")
    await driver.stop("web-1", graceMs, epoch)
    await exit
    const instance = await find(driver, "web-1")
    assert.equal(instance?.state, "exited")
    assert.ok(instance?.exit !== undefined)
    await driver.forget("web-1", epoch)
    assert.deepEqual(await driver.list(), [])
  },

  "stopping and forgetting what is gone resolves": async ({ driver }) => {
    await driver.stop("web-9", graceMs, epoch)
    await driver.forget("web-9", epoch)
    await driver.start(web, map, epoch)
    await Promise.all([driver.stop("web-1", graceMs, epoch), driver.stop("web-1", graceMs, epoch)])
    await driver.stop("web-1", graceMs, epoch)
  },

  "what runs is not forgotten": async ({ driver }) => {
    await driver.start(web, map, epoch)
    await assert.rejects(driver.forget("web-1", epoch), hasCode("BN1404"))
    assert.equal((await find(driver, "web-1"))?.state, "running")
  },

  "a process killed by a signal is told as exited, others are left alone": async ({ driver }) => {
    await driver.start(web, map, epoch)
    await driver.start(other, map, epoch)
    const exit = nextEvent(driver, event => event.type === "exited")
    await driver.signal("web-1", "SIGKILL", epoch)
    assert.deepEqual(await exit, { type: "exited", id: "web-1" })
    assert.equal((await find(driver, "web-1"))?.exit?.signal, "SIGKILL")
    assert.equal((await find(driver, "web-2"))?.state, "running")
  },

  "who hangs is killed; who was heard within the time is spared": async ({ driver }) => {
    await driver.start(web, map, epoch)
    await driver.kill("web-1", 3_600_000, epoch)
    assert.equal((await find(driver, "web-1"))?.state, "running")
    await driver.kill("web-1", 0, epoch)
    assert.equal((await find(driver, "web-1"))?.exit?.signal, "SIGKILL")
    await driver.kill("web-1", 0, epoch)
    await driver.kill("web-9", 0, epoch)
  },

  "what a process holds is told soon after its start, and no more after its end": async ({ driver }) => {
    await driver.start(web, map, epoch)
    const untilMs = Date.now() + graceMs
    while (((await find(driver, "web-1"))?.memoryBytes ?? 0) === 0) {
      assert.ok(Date.now() < untilMs, "nothing was told")
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    await driver.stop("web-1", graceMs, epoch)
    assert.equal((await find(driver, "web-1"))?.memoryBytes, undefined)
  },

  "a start said while a stop is under way comes after it": async ({ driver }) => {
    await driver.start(web, map, epoch)
    const first = await find(driver, "web-1")
    const stopped = driver.stop("web-1", graceMs, epoch)
    await driver.start(web, map, epoch)
    await stopped
    const second = await find(driver, "web-1")
    assert.equal(second?.state, "running")
    assert.notDeepEqual(second, first)
  },

  "an exited id can be started again, with another version": async ({ driver }) => {
    await driver.start(web, map, epoch)
    await driver.stop("web-1", graceMs, epoch)
    await driver.start({ ...web, version: "2" }, map, epoch)
    const instance = await find(driver, "web-1")
    assert.equal(instance?.state, "running")
    assert.equal(instance?.version, "2")
    assert.equal((await driver.list()).length, 1)
  },

  "signalling what does not run is an error": async ({ driver }) => {
    await assert.rejects(driver.signal("web-1", "SIGKILL", epoch), hasCode("BN1409"))
    await driver.start(web, map, epoch)
    await driver.stop("web-1", graceMs, epoch)
    await assert.rejects(driver.signal("web-1", "SIGKILL", epoch), hasCode("BN1409"))
  },

  "a program that does not report becomes ready": async ({ driver }) => {
    const ready = nextEvent(driver, event => event.type === "ready")
    await driver.start(database, map, epoch)
    assert.deepEqual(await ready, { type: "ready", id: "postgres-1" })
    assert.equal((await find(driver, "postgres-1"))?.state, "ready")
  },

  "the newest epoch is kept, and every act of an older one refused": async ({ driver }) => {
    await driver.fence(epoch)
    assert.deepEqual(await driver.epoch(), epoch)
    await driver.start(web, map, epoch)
    await assert.rejects(driver.fence(older), hasCode("BN1401"))
    await assert.rejects(driver.start(other, map, older), hasCode("BN1401"))
    await assert.rejects(driver.start(web, map, older), hasCode("BN1401"))
    await assert.rejects(driver.stop("web-1", graceMs, older), hasCode("BN1401"))
    await assert.rejects(driver.signal("web-1", "SIGKILL", older), hasCode("BN1401"))
    await assert.rejects(driver.kill("web-1", 0, older), hasCode("BN1401"))
    await assert.rejects(driver.forget("web-1", older), hasCode("BN1401"))
    assert.deepEqual(await driver.epoch(), epoch)
    assert.deepEqual(
      (await driver.list()).map(({ id, state }) => [id, state]),
      [["web-1", "running"]],
    )
  },

  "whoever began before its own newer map is not taken for an older one": async ({ driver }) => {
    await driver.fence(epoch)
    await assert.rejects(driver.fence(earlier), hasCode("BN1401"))
    await driver.start(web, map, earlier)
    await driver.stop("web-1", graceMs, earlier)
    await driver.forget("web-1", earlier)
    assert.deepEqual(await driver.epoch(), epoch)
  },

  "any act raises the epoch": async ({ driver }) => {
    await driver.start(web, map, epoch)
    assert.deepEqual(await driver.epoch(), epoch)
    await driver.stop("web-1", graceMs, newer)
    assert.deepEqual(await driver.epoch(), newer)
    await assert.rejects(driver.start(web, map, epoch), hasCode("BN1401"))
  },

  "a new driver finds what runs, its epoch, and hears of exits": async ({ driver, reattach }) => {
    await driver.start(web, map, epoch)
    await driver.start(database, map, epoch)
    const before = await driver.list()
    await driver.close()
    const second = await reattach()
    await assertEventually(async () => (await find(second, "postgres-1"))?.state === "ready")
    assert.deepEqual((await second.list()).map(plainly), before.map(plainly))
    assert.deepEqual(await second.epoch(), epoch)
    const exit = nextEvent(second, event => event.type === "exited")
    await second.signal("web-1", "SIGKILL", epoch)
    assert.deepEqual(await exit, { type: "exited", id: "web-1" })
  },

  "an unsubscribed listener hears nothing more": async ({ driver }) => {
    const heard: DriverEvent[] = []
    const unsubscribe = driver.subscribe(event => heard.push(event))
    unsubscribe()
    await driver.start(web, map, epoch)
    await driver.stop("web-1", graceMs, epoch)
    assert.deepEqual(heard, [])
  },
}

async function find(driver: Driver, id: string) {
  return (await driver.list()).find(instance => instance.id === id)
}

function plainly({ id, group, version, pid, startedAtMs }: Awaited<ReturnType<Driver["list"]>>[number]) {
  return { id, group, version, pid, startedAtMs }
}

function nextEvent(driver: Driver, wanted: (event: DriverEvent) => boolean): Promise<DriverEvent> {
  return new Promise(resolve => {
    const unsubscribe = driver.subscribe(event => {
      if (!wanted(event)) return
      unsubscribe()
      resolve(event)
    })
  })
}

async function assertEventually(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (await holds()) return
    await new Promise(resolve => setImmediate(resolve))
  }
  assert.ok(await holds())
}

function hasCode(code: string) {
  return (error: unknown) => isBanyanError(error) && error.code === code
}
