import assert from "node:assert/strict"
import { test } from "node:test"
import { stripVTControlCharacters } from "node:util"
import { LoadTally } from "../../lab/load/load-tally.ts"
import { loadReportLines } from "./load-words.ts"

/** The report of a load whose every request was sent `lagMs` late. */
function linesWithLag(lagMs: number): string[] {
  const tally = new LoadTally()
  for (let nth = 0; nth < 100; nth++) tally.sent(lagMs)
  const target = { host: "127.0.0.1", port: 8080 }
  const options = { target, scenario: { next: () => assert.fail("nothing is sent") }, timeoutMs: 1000 }
  const load = { rps: 100, durationMs: 1000, arrivals: "poisson", seed: 1, newConnectionShare: 0 } as const
  const counts = { opened: 0, requestsOnNew: 0, requestsOnReused: 0, closeAnnounced: 0 }
  const idle = { closedWhileIdle: 0, resetWhileIdle: 0, unaskedBytes: 0 }
  const report = tally.report({ ...options, ...load }, 1000, { ...counts, ...idle })
  return loadReportLines(report).map(stripVTControlCharacters)
}

test("a load whose generator was late is called invalid, and what still counts is said", () => {
  assert.match(
    linesWithLag(8).at(-1)!,
    /^invalid: .*p99 \d\.\d ms, at most 5 .*failures count, latencies do not/,
  )
  assert.ok(linesWithLag(2).every(line => !line.startsWith("invalid")))
})
