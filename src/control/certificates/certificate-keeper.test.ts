import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { pino } from "pino"
import { acmeError } from "../../acme/acme-errors.ts"
import { ManualClock } from "../../kit/clock.ts"
import type { Challenge } from "../../wire/map.ts"
import { type CertificateLife, noOrders } from "../plan/renewal.ts"
import { FakeService, until } from "../testing/control-fixture.ts"
import type { CertificateAuthority } from "./certificate-authority.ts"
import { CertificateKeeper } from "./certificate-keeper.ts"
import { fileOrderHistory, type OrderHistoryStore } from "./order-history.ts"

const minuteMs = 60_000
const dayMs = 86_400_000
const domains = ["a.example"]
const challenges = [{ token: "t", answer: "t.key" }]

/** An authority by hand: an order ends when the test says how. */
class OneAuthority implements CertificateAuthority {
  readonly domains = domains
  readonly directoryUrl = "https://acme.test/dir"
  issued: CertificateLife | undefined
  orders = 0
  end: (error?: Error) => void = () => {}
  readonly #clock: ManualClock

  constructor(clock: ManualClock) {
    this.#clock = clock
  }

  life(): CertificateLife | undefined {
    return this.issued
  }

  async order(publish: (challenges: readonly Challenge[]) => Promise<void>): Promise<void> {
    this.orders++
    await publish(challenges)
    await new Promise<void>((resolve, reject) => {
      this.end = error => (error === undefined ? resolve() : reject(error))
    })
    const nowMs = this.#clock.nowMs()
    this.issued = { names: domains, notBeforeMs: nowMs, notAfterMs: nowMs + 90 * dayMs }
  }
}

function scene(t: TestContext, history: OrderHistoryStore = historyIn(t)) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1))
  const authority = new OneAuthority(clock)
  const world = { open: true, published: [] as number[], told: [] as string[] }
  const keeper = new CertificateKeeper({
    authority,
    history,
    clock,
    random: () => 0,
    log: pino({ level: "silent" }),
    publish: async given => void world.published.push(given.length),
    canAnswer: () => world.open,
    onChange: ({ state, problem }) => world.told.push(problem?.code ?? state),
  })
  t.after(() => keeper.stop())
  const turns = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  return { clock, authority, world, keeper, history, turns, start: () => keeper.start().then(turns) }
}

function historyIn(t: TestContext): OrderHistoryStore {
  const folder = mkdtempSync(join(tmpdir(), "orders-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return fileOrderHistory(join(folder, "history.json"))
}

test("ordered when a front door is open, renewed when a third of its lifetime is left", async t => {
  const { clock, authority, world, keeper, turns, start } = scene(t)
  world.open = false
  await start()
  assert.equal(authority.orders, 0)
  world.open = true
  clock.advance(1_000)
  await turns()
  assert.deepEqual([authority.orders, keeper.view.state], [1, "ordering"])
  assert.throws(() => keeper.renew(), { code: "BN1341" })
  authority.end()
  await turns()
  assert.deepEqual([keeper.view.state, world.published], ["waiting", [0, 1, 0]])
  assert.equal(keeper.view.nextAtMs, authority.issued!.notAfterMs - 30 * dayMs)
  clock.advance(60 * dayMs - 1)
  await turns()
  assert.equal(authority.orders, 1)
  clock.advance(10 * minuteMs)
  await turns()
  assert.equal(authority.orders, 2)
  authority.end()
  await turns()
  keeper.renew()
  await turns()
  assert.equal(authority.orders, 3)
})

test("a failure is kept and told with its reason, tried again in time, and forgotten when one succeeds", async t => {
  const { clock, authority, world, keeper, history, turns, start } = scene(t)
  await start()
  const details = { reason: "slow down", retryAfterMs: 90 * minuteMs }
  authority.end(acmeError("BN1604", details))
  await turns()
  assert.deepEqual([keeper.view.problem?.code, history.read().problem?.code], ["BN1604", "BN1604"])
  assert.equal(keeper.view.nextAtMs, clock.nowMs() + 90 * minuteMs)
  clock.advance(89 * minuteMs)
  await turns()
  assert.equal(authority.orders, 1)
  clock.advance(minuteMs)
  await turns()
  assert.equal(authority.orders, 2)
  authority.end(new Error("something else"))
  await turns()
  assert.equal(keeper.view.problem?.code, "BN1342")
  keeper.renew()
  await turns()
  authority.end()
  await turns()
  assert.deepEqual([keeper.view.problem, history.read().failures], [undefined, 0])
  assert.deepEqual(
    world.told.filter((each, nth) => each !== world.told[nth - 1]),
    ["ordering", "BN1604", "BN1342", "waiting"],
  )
})

test("who takes over in the middle of an order goes on at once; one that stops writes nothing more", async t => {
  const first = scene(t)
  await first.start()
  first.keeper.stop()
  first.authority.end(new Error("too late"))
  await first.turns()
  assert.deepEqual([first.history.read().underWay, first.history.read().failures], [true, 0])
  assert.deepEqual(first.world.published, [0, 1])
  const second = scene(t, first.history)
  await second.start()
  // What the authority may be asking for at this moment stays in the map.
  assert.deepEqual([second.authority.orders, second.world.published], [1, [1]])
})

test("a history that cannot be written is a failed order; one that cannot be read is none", async t => {
  const full = { read: () => noOrders, write: () => assert.fail("ENOSPC") }
  const { authority, keeper, start } = scene(t, full)
  await start()
  assert.equal(authority.orders, 0)
  assert.match(keeper.view.problem?.message ?? "", /ENOSPC/)
  const folder = mkdtempSync(join(tmpdir(), "orders-"))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, "x.json"), "{")
  assert.deepEqual(fileOrderHistory(join(folder, "x.json")).read(), noOrders)
})

test("challenges reach every open front door before the authority asks, survive changes, and go at the end", async t => {
  const service = new FakeService(t)
  const authority = new OneAuthority(new ManualClock(Date.now()))
  const control = service.control({ certificate: { authority, history: historyIn(t), random: () => 0 } })
  await control.start()
  await until(() => authority.orders === 1)
  await until(() => control.state().settled)
  const told = () => [...service.processes.values()].map(({ map }) => map.challenges)
  await until(() => told().every(each => each !== undefined))
  assert.deepEqual(told(), [challenges])
  await control.change({ type: "grow" })
  await until(() => control.state().settled)
  assert.ok(told().length > 2)
  for (const each of told()) assert.deepEqual(each, challenges)
  await control.stop()

  // The next one knows of no order: what is in the map goes, and it orders anew.
  const next = service.control({ certificate: { authority, history: historyIn(t), random: () => 0 } })
  await next.start()
  await until(() => authority.orders === 2)
  authority.end()
  await until(() => told().every(each => each === undefined))
  assert.equal(next.state().certificateOrder?.notAfterMs, authority.issued?.notAfterMs)
  await assert.rejects(async () => service.control().renewCertificate(), { code: "BN1308" })
})
