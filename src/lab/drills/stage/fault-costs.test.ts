import assert from "node:assert/strict"
import { test } from "node:test"
import { intervalsOf } from "../../checkers/excuse.ts"
import type { FailureSample } from "../../load/load.ts"
import { costsOf, type Ending, excuseOf, reachMs, recordedExcuses, type Victim } from "./fault-costs.ts"

const loadStartedAtMs = 100_000
/** One second into the load. */
const strike = { fromMs: 101_000, untilMs: 101_002 }

/** A reset GET that was under way from `sentMs` to `failedMs`, counted from the strike. */
function failure(sentMs: number, failedMs: number, other: Partial<FailureSample> = {}): FailureSample {
  return {
    ...{ atMs: 1000 + failedMs, latencyMs: failedMs - sentMs, failure: "resetReused", kind: "feed" },
    ...{ method: "GET", target: "/", detail: "", nthOnConnection: 2, connectionBegunAtMs: 0 },
    ...{ answerBegan: false, keyed: false },
    ...other,
  }
}

const why = (sample: FailureSample, victim: Victim, ending: Ending = "kill") => {
  const bill = { costs: costsOf[victim], reachMs: reachMs(ending, victim) }
  return excuseOf(sample, bill, strike, loadStartedAtMs)
}

test("what was on a connection to the killed is excused while it dies, not before and not after", () => {
  assert.match(why(failure(-100, 0), "edge")!, /open to the process/)
  assert.match(why(failure(40, 45, { connectionBegunAtMs: 1040 }), "app")!, /open to the process/)
  assert.equal(why(failure(-100, -1), "edge"), undefined)
  assert.equal(why(failure(60, 70, { connectionBegunAtMs: 1060 }), "edge"), undefined)
  assert.equal(why(failure(-100, 0, { failure: "timeout" }), "edge"), undefined)
  assert.equal(why(failure(-100, 0, { failure: "refused" }), "edge"), undefined)
})

test("of a killed web instance what may not be repeated, and answers that had begun; no other request", () => {
  assert.match(why(failure(-10, 3, { method: "POST", failure: "status5xx" }), "web")!, /not repeatable/)
  const keyed = { method: "POST", failure: "status5xx", keyed: true } as const
  assert.equal(why(failure(-10, 3, keyed), "web"), undefined, "a key makes it repeatable")
  assert.match(why(failure(-10, 3, { answerBegan: true }), "web")!, /had begun/)
  assert.equal(why(failure(-10, 3), "web"), undefined)
  for (const method of ["GET", "PUT", "DELETE"])
    assert.equal(why(failure(-10, 3, { method, failure: "status5xx" }), "web"), undefined)
})

test("of a killed database, of supervisor and agent nothing", () => {
  for (const victim of ["postgres", "supervisor", "agent"] as const) {
    assert.equal(why(failure(-10, 3, { failure: "status5xx" }), victim), undefined)
    assert.equal(why(failure(-10, 3), victim), undefined)
  }
})

test("of who hangs the same, however late it is killed; a web instance gets work until it is ejected", () => {
  assert.match(why(failure(3000, 6000), "edge", "hang")!, /open to the process/)
  assert.equal(why(failure(3000, 6000, { connectionBegunAtMs: 4000 }), "edge", "hang"), undefined)
  const post = { method: "POST", failure: "status5xx" } as const
  assert.match(why(failure(1900, 6000, post), "web", "hang")!, /not repeatable/)
  assert.equal(why(failure(1900, 6000, post), "web"), undefined)
  assert.equal(why(failure(2200, 6000, post), "web", "hang"), undefined)
})

test("the recorded sessions' windows open with the strike and close just after it", () => {
  const event = (name: string, order: number, atMs: number) => ({ name, subject: "web-1", order, atMs })
  const events = [event("kill", 1, 1000), event("kill struck", 2, 1030), event("cut", 3, 2000)]
  const excuses = recordedExcuses()
  const ofWeb = excuses.find(({ during }) => during!.subject === "web")!
  assert.deepEqual(intervalsOf(ofWeb.during!, events), [{ fromMs: 1000, untilMs: 1080 }])
  const ofEdge = excuses.find(({ during }) => during!.subject === "edge")!
  assert.deepEqual(intervalsOf(ofEdge.during!, events), [])
  const opens = new Set(excuses.map(({ during }) => during!.opens))
  assert.deepEqual([...opens], ["kill", "hang"], "a freeze or a cut excuses nothing")
})
