import assert from "node:assert/strict"
import { test } from "node:test"
import type { FailureSample } from "../../load/load.ts"
import type { TimelineTick } from "../../report/timeline.ts"
import { goodputViolations } from "./goodput.ts"
import { excuseOfAny, type Struck } from "./web-strike.ts"
import { kindAt, strikeKinds } from "./web-strikes.ts"

test("any three strikes in a row are of three kinds, in an order of the seed's own", () => {
  for (let turn = 0; turn < 20; turn++) {
    const kinds = [0, 1, 2].map(next => kindAt(turn + next, 7)).sort()
    assert.deepEqual(kinds, [...strikeKinds].sort())
  }
  const firsts = Array.from({ length: 50 }, (_, seed) => kindAt(0, seed))
  for (const kind of strikeKinds) assert.ok(firsts.includes(kind), kind)
})

test("five seconds with too few answers are told, whatever the rest was", () => {
  const tick = (atMs: number, ok: number): TimelineTick => {
    return { atMs, sent: 15, ok, failed: 0, p50Ms: 1, p99Ms: 1 }
  }
  const ticks = (okIn: (window: number) => number) =>
    Array.from({ length: 80 }, (_, nth) => tick(10_000 + nth * 250, okIn(Math.floor(nth / 20))))
  assert.deepEqual(goodputViolations([]), [])
  assert.deepEqual(goodputViolations(ticks(() => 12)), [])
  assert.deepEqual(goodputViolations(ticks(window => (window === 1 ? 11 : 15))), [
    "only 220 of 300 requests were answered in the five seconds until 19750 ms",
  ])
})

test("a kill and a hang excuse what was on their victim and may not be repeated; a freeze excuses nothing", () => {
  const struck = (kind: Struck["kind"]): Struck => {
    return { kind, id: "web-1", pid: 1, fromMs: 1000, untilMs: 1001 }
  }
  const lost: FailureSample = {
    ...{ atMs: 1040, failure: "status5xx", kind: "post", method: "POST", target: "/", detail: "502" },
    ...{ nthOnConnection: 1, connectionBegunAtMs: 0, latencyMs: 60, answerBegan: false, keyed: false },
  }
  const excused = (kind: Struck["kind"], sample: FailureSample) =>
    excuseOfAny([struck(kind)])(sample, 0) !== undefined
  assert.equal(excused("kill", lost), true)
  assert.equal(excused("hang", lost), true)
  assert.equal(excused("freeze", lost), false)
  assert.equal(excused("kill", { ...lost, method: "GET" }), false)
  const late = { ...lost, atMs: 9000, latencyMs: 6500 }
  assert.equal(excused("kill", late), false)
  assert.equal(excused("hang", late), true)
})
