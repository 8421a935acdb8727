import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "fast-check"
import { sumCounts } from "../../kit/sum-counts.ts"
import type { Report } from "../../wire/report.ts"
import { CounterLedger } from "./counter-ledger.ts"
import { below } from "./counters.ts"

const report = (id: string, requests: number, backends: Record<string, number> = {}): Report => ({
  id,
  epoch: { term: 1, counter: 1 },
  ready: true,
  front: {
    state: "open",
    ...{ connections: 0, outstanding: 0, aborted: 0, retries: 0, latencyMs: { p50: 0, p99: 0 } },
    requests,
    answers: { "2xx": requests },
    backends: Object.entries(backends).map(([id, requests]) => ({
      ...{ id, outstanding: 0, healthy: true },
      requests,
    })),
  },
})

test("a front door that leaves, or dies and comes back, takes nothing away from the totals", () => {
  const ledger = new CounterLedger()
  ledger.met("edge-1", 10)
  ledger.met("edge-2", 20)
  ledger.heard(report("edge-1", 5), 0)
  ledger.heard(report("edge-2", 7), 0)
  ledger.heard(report("edge-2", 9), 0)
  const all = () => sumCounts([...ledger.totals().values()])["front/requests"]
  assert.equal(all(), 14)
  // The same process links anew; another one has counted more by its first report than the last one in its life.
  ledger.met("edge-2", 20)
  assert.equal(all(), 14)
  ledger.met("edge-2", 21)
  assert.equal(all(), 14)
  ledger.heard(report("edge-2", 30), 0)
  assert.equal(all(), 44)
  assert.deepEqual(below("front/answers", ledger.totals().get("edge-2")!), { "2xx": 39 })
})

test("a backend that a front door forgot and met again goes on where it was", () => {
  const ledger = new CounterLedger()
  for (const counts of [{ "web-1": 4 }, {}, { "web-1": 1 }, { "web-1": 3 }, { "web-1": 2 }])
    ledger.heard(report("edge-1", 10, counts), 0)
  assert.deepEqual(below("front/backends", ledger.totals().get("edge-1")!), { "web-1": 9 })
})

test("whatever lives and dies, no total goes backwards, and it is what was reported", () => {
  const life = fc.array(fc.nat(50), { minLength: 1, maxLength: 5 })
  const lives = fc.array(fc.record({ id: fc.constantFrom("edge-1", "edge-2"), grows: life }))
  fc.assert(
    fc.property(lives, list => {
      const ledger = new CounterLedger()
      let expected = 0
      let before = 0
      for (const [pid, { id, grows }] of list.entries()) {
        ledger.met(id, pid)
        let requests = 0
        for (const more of grows) {
          requests += more
          ledger.heard(report(id, requests), 0)
          const now = sumCounts([...ledger.totals().values()])["front/requests"] ?? 0
          assert.ok(now >= before)
          before = now
        }
        expected += requests
      }
      assert.equal(before, expected)
    }),
  )
})
