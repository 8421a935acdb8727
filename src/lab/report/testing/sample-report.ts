import type { DrillReport } from "../../drills/drill.ts"

/** What a service under test might say to break out of a page. */
export const hostile = `</script><img src="https://elsewhere.test/x" onerror='alert(1)'><!--`

/** A report of one episode whose every text is hostile. */
export function sampleReport(): DrillReport {
  const latencyMs = { count: 2, min: 1, mean: 2, p50: 2, p90: 3, p95: 3, p99: 3, p999: 3, max: 3 }
  const failures = { refused: 0, resetNew: 1, resetReused: 0, timeout: 0, framing: 0, status5xx: 0 }
  const load = {
    ...{
      sent: 3,
      ok: 2,
      failed: 1,
      failures: { ...failures, unexpectedStatus: 0, unprocessed: 0 },
      latencyMs,
    },
    ...{ longestSilenceMs: 40, lagMs: latencyMs, lagging: true, onNewConnections: 1, onReusedConnections: 2 },
  }
  return {
    schema: 1,
    drill: hostile,
    claim: hostile,
    verdict: "failed",
    short: true,
    seed: 1,
    n: 1,
    episodes: [
      { name: hostile, tookMs: 900, load, streams: [], violations: [hostile], excused: { [hostile]: 1 } },
    ],
    verdicts: [{ checker: hostile, ok: false, violations: [], violated: 1, unknown: [hostile], checked: 2 }],
    skipped: [{ name: "cut", subject: hostile, why: hostile, remedy: hostile }],
    timeline: {
      startedAtMs: 1_760_000_000_000,
      tookMs: 1000,
      tickMs: 250,
      ticks: [{ atMs: 500, sent: 3, ok: 2, failed: 1, p50Ms: 2, p99Ms: null }],
      faults: [{ atMs: 400, what: "kill", whom: hostile }],
      steps: [
        {
          ...{ plan: "plan-1-1", trigger: hostile, kind: "start", id: hostile },
          ...{ startMs: 410, endMs: null, state: "running" },
        },
      ],
      episodes: [{ name: hostile, startMs: 250, endMs: 1000 }],
    },
    requests: 3,
    failed: 1,
    violations: [hostile],
    busy: [hostile],
    startedAt: "2025-10-09T08:53:20.000Z",
    tookMs: 1000,
    command: hostile,
    machine: { cpus: 2, cpuModel: hostile, memoryBytes: 2 ** 33, os: hostile, node: "v24" },
    machineUse: { busyBefore: 0.5, stealShare: 0.125, cpuPressureShare: null },
  }
}
