import assert from "node:assert/strict"
import { test } from "node:test"
import { ManualClock } from "../../../kit/clock.ts"
import { seededRandom } from "../../../kit/random.ts"
import { BackendLoad } from "./backend-load.ts"
import { initialLimit, nextLimit } from "./concurrency-limit.ts"
import { QueuePatience } from "./queue-patience.ts"

const bounds = { least: 16, most: 512 }
const queueTimeoutMs = 1_000

type Told = { atMs: number; answered: boolean; tookMs: number }
type Phase = { rps: number; untilMs: number }

/**
 * A backend of `slots` that each take `serviceMs(nowMs)`, behind the real decisions of so many front doors, on a clock
 * moved by hand.
 */
function simulate(
  slots: number,
  serviceMs: (nowMs: number) => number,
  phases: readonly Phase[],
  seed: number,
  /** When nothing new is begun inside. */
  halt = { fromMs: -1, untilMs: -1 },
  doorCount = 1,
) {
  const clock = new ManualClock()
  const random = seededRandom(seed)
  const share = { least: Math.ceil(bounds.least / doorCount), most: Math.ceil(bounds.most / doorCount) }
  const doors = Array.from({ length: doorCount }, () => ({
    load: new BackendLoad(share),
    patience: new QueuePatience(queueTimeoutMs),
    line: [] as number[],
  }))
  type Door = (typeof doors)[number]
  const inside: Array<() => void> = []
  const told: Told[] = []
  const limits: number[] = []
  let busy = 0
  const work = () => {
    if (clock.nowMs() >= halt.fromMs && clock.nowMs() < halt.untilMs) return
    while (busy < slots && inside.length > 0) {
      busy++
      const finish = inside.shift()!
      clock.after(serviceMs(clock.nowMs()) * (0.5 + random()), () => {
        busy--
        finish()
        work()
      })
    }
  }
  const serve = (door: Door) => {
    const { load, patience, line } = door
    while (line.length > 0 && load.hasRoom) {
      const atMs = line.shift()!
      const sinceMs = clock.nowMs()
      load.begin()
      inside.push(() => {
        load.answered(sinceMs, clock.nowMs())
        told.push({ atMs, answered: true, tookMs: clock.nowMs() - atMs })
        serve(door)
      })
    }
    if (line.length === 0) patience.emptied()
    work()
  }
  const sweep = (door: Door) => {
    const { load, patience, line } = door
    load.sweep(clock.nowMs())
    if (door === doors[0]) limits.push(doors.reduce((sum, { load }) => sum + load.limit, 0))
    serve(door)
    while (line.length > 0 && patience.isSpent(line[0]!, clock.nowMs()))
      told.push({ atMs: line[0]!, answered: false, tookMs: clock.nowMs() - line.shift()! })
    clock.after(100, () => sweep(door))
  }
  const arrive = () => {
    const door = doors[doorCount === 1 ? 0 : Math.floor(random() * doorCount)]!
    door.line.push(clock.nowMs())
    serve(door)
    const phase = phases.find(({ untilMs }) => clock.nowMs() < untilMs)
    if (phase !== undefined) clock.after((-Math.log(1 - random()) * 1000) / phase.rps, arrive)
  }
  // Nobody sweeps in step with another.
  for (const [nth, door] of doors.entries()) clock.after(100 + (nth * 100) / doorCount, () => sweep(door))
  if (halt.untilMs > 0) clock.after(halt.untilMs, work)
  arrive()
  clock.advance(phases.at(-1)!.untilMs)
  const between = (fromMs: number, untilMs: number) =>
    told.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs)
  return { between, limits }
}

const seed = Math.floor(Math.random() * 1e6)
const steady = () => 50

for (const doorCount of [1, 2, 4])
  test(`three times what it can take, ${doorCount} front doors: nine tenths of it are answered soon, the rest is told so soon`, t => {
    t.diagnostic(`SEED=${seed}`)
    for (const slots of [10, 40]) {
      const capacity = slots * 20
      const phases = [
        { rps: capacity * 0.8, untilMs: 10_000 },
        { rps: capacity * 3, untilMs: 40_000 },
        { rps: capacity * 0.8, untilMs: 60_000 },
      ]
      const { between, limits } = simulate(slots, steady, phases, seed, undefined, doorCount)
      const during = between(10_000, 39_000)
      const good = during.filter(({ answered, tookMs }) => answered && tookMs < 1_500).length / 29
      assert.ok(good >= capacity * 0.9, `${good}/s of ${capacity}/s`)
      assert.ok(
        during.every(({ tookMs }) => tookMs < 3_000),
        "nobody waits for long",
      )
      const shed = during.filter(({ answered }) => !answered).length
      assert.ok(shed > during.length * 0.5, `${shed} of ${during.length} shed`)
      // Of several, each sees what an answer takes under the load of the others: they are bounded by the wait alone.
      for (const at of doorCount === 1 ? [200, 300, 390] : [])
        assert.ok(limits[at]! < slots * 6, `limit ${limits[at]} of ${slots} slots`)
      // Recovered within 5 s.
      const after = between(45_000, 59_000)
      assert.ok(
        after.every(({ answered, tookMs }) => answered && tookMs < 1_000),
        "all is well again",
      )
    }
  })

test("below what it can take nobody is turned away, whatever the seed", t => {
  t.diagnostic(`SEED=${seed}`)
  for (let nth = 0; nth < 20; nth++) {
    const { between } = simulate(10, steady, [{ rps: 160, untilMs: 20_000 }], seed + nth)
    assert.ok(
      between(0, 19_000).every(({ answered }) => answered),
      `seed ${seed + nth}`,
    )
  }
})

test("a backend that halts for a second turns nobody away who may wait so long, and recovers", t => {
  t.diagnostic(`SEED=${seed}`)
  const halt = (nowMs: number) => (nowMs > 10_000 && nowMs < 10_050 ? 700 : 50)
  const { between } = simulate(20, halt, [{ rps: 200, untilMs: 20_000 }], seed)
  assert.ok(between(0, 19_000).every(({ answered }) => answered))
})

test("answers that become four times as slow for good are learned: at first a few are turned away, then none", t => {
  t.diagnostic(`SEED=${seed}`)
  const slower = (nowMs: number) => (nowMs > 10_000 ? 200 : 50)
  const { between } = simulate(100, slower, [{ rps: 350, untilMs: 40_000 }], seed)
  assert.ok(between(25_000, 39_000).every(({ answered }) => answered))
})

test("the limit: open at first, in proportion down, by its root up, never outside its bounds", () => {
  const first = initialLimit(bounds)
  assert.equal(first.limit, 512)
  const calm = nextLimit(first, { medianMs: 10, peak: 20 }, bounds)
  assert.deepEqual([calm.limit, calm.baseMs], [512, 10])
  const slow = nextLimit(calm, { medianMs: 40, peak: 100 }, bounds)
  assert.equal(slow.limit, 50)
  assert.equal(nextLimit(slow, { medianMs: 1_000, peak: 20 }, bounds).limit, 16)
  assert.equal(nextLimit({ ...slow, limit: 100 }, { medianMs: 12, peak: 100 }, bounds).limit, 110)
  assert.equal(nextLimit({ ...slow, limit: 510 }, { medianMs: 12, peak: 510 }, bounds).limit, 512)
  assert.equal(nextLimit(calm, { medianMs: 90, peak: 10 }, bounds).limit, 512, "few under way: no queue")
})

test("patience: long for a burst, short once the queue stands for as long, long again when it was empty", () => {
  const patience = new QueuePatience(1_000)
  assert.equal(patience.isSpent(-5_000, 0), false, "held before there was anybody to wait for")
  assert.equal(patience.isSpent(0, 999), false)
  assert.equal(patience.isSpent(0, 1_001), true)
  assert.equal(patience.isSpent(950, 1_001), false)
  assert.equal(patience.isSpent(900, 1_001), true)
  patience.emptied()
  assert.equal(patience.isSpent(900, 1_001), false)
})

test("a backend that stands is not overloaded: it has room until it answers again, and what it did meanwhile is not judged", () => {
  const load = new BackendLoad(bounds)
  const window = (atMs: number, tookMs: number) => {
    for (let nth = 0; nth < 40; nth++) load.begin()
    for (let nth = 0; nth < 40; nth++) load.answered(atMs - tookMs, atMs)
    load.sweep(atMs)
  }
  window(100, 10)
  for (let nth = 1; nth <= 10; nth++) window(nth * 1_000, 400)
  assert.equal(load.limit, bounds.least)
  const fromMs = 20_000
  load.sweep(fromMs)
  for (let nth = 0; nth < 100; nth++) load.begin()
  load.sweep(fromMs + 400)
  assert.equal(load.hasRoom, false, "answers are late, and more of them are waited for than may be")
  load.sweep(fromMs + 500)
  assert.equal(load.hasRoom, true, "it answers nothing at all")
  load.answered(fromMs, fromMs + 2_000)
  load.sweep(fromMs + 2_000)
  assert.equal(load.hasRoom, true, "it answers again, and works off what came meanwhile")
  const { limit } = load
  for (let nth = 0; nth < 90; nth++) load.answered(fromMs, fromMs + 2_100)
  load.sweep(fromMs + 2_100)
  assert.equal(load.limit, limit)
  for (let nth = 0; nth < 30; nth++) load.begin()
  assert.equal(load.hasRoom, false, "it has caught up")
})

test("a backend that halts for three seconds after an overload turns nobody away for what it then has to catch up", t => {
  t.diagnostic(`SEED=${seed}`)
  const halt = { fromMs: 15_000, untilMs: 18_000 }
  const phases = [
    { rps: 600, untilMs: 5_000 },
    { rps: 100, untilMs: 30_000 },
  ]
  const { between, limits } = simulate(10, steady, phases, seed, halt)
  assert.ok(limits.at(140)! < 100, `a limit is in force: ${limits.at(140)}`)
  const told = between(10_000, 25_000)
  assert.equal(told.filter(({ answered }) => !answered).length, 0)
  assert.ok(told.length > 1_000)
})
