import assert from "node:assert/strict"
import { test } from "node:test"
import { parseCount, parseScale, parseSignal } from "./arguments.ts"
import { formatDuration, parseDurationMs } from "./durations.ts"

test("what to scale is read; a wrong word is named with what was meant", () => {
  assert.deepEqual(parseScale(["web=4", "edge=1"]), { type: "scale", instances: { web: 4, edge: 1 } })
  assert.throws(() => parseScale(["wbe=4"]), /wbe=4: should be `web` before the =, got `wbe`/)
  for (const wrong of [["web"], ["web="], ["web=-1"], ["web=1.5"], ["web=x"], ["web=65"], ["web=4=5"], []]) {
    assert.throws(() => parseScale(wrong), { code: "BN3203" }, wrong.join(" "))
  }
})

test("counts and signals", () => {
  assert.equal(parseCount("--port", "8080", 1, 65_535), 8080)
  for (const wrong of ["0", "65536", "1e3", " 5", "-1", ""]) {
    assert.throws(() => parseCount("--port", wrong, 1, 65_535), { code: "BN3203" })
  }
  assert.deepEqual(["KILL", "sigterm", "9"].map(parseSignal), ["SIGKILL", "SIGTERM", "SIGKILL"])
  const allowed = "SIGKILL, SIGTERM, SIGINT, SIGQUIT, SIGSTOP, SIGCONT, SIGHUP"
  for (const wrong of ["SIGNOPE", "USR1", "SIGSEGV", "11", ""])
    assert.throws(() => parseSignal(wrong), {
      code: "BN3203",
      message: `--signal: should be one of ${allowed}, got \`${wrong}\``,
    })
})

test("durations: a bare number counts seconds", () => {
  assert.deepEqual(
    ["250ms", "90", "1.5s", "2m", "1h"].map(text => parseDurationMs("--for", text)),
    [250, 90_000, 1500, 120_000, 3_600_000],
  )
  for (const wrong of ["", "s", "5 s", "-1s", "1d"]) {
    assert.throws(() => parseDurationMs("--for", wrong), { code: "BN3203" })
  }
  assert.deepEqual([12, 1234, 185_000, 7_440_000].map(formatDuration), [
    "12 ms",
    "1.2 s",
    "3 min 5 s",
    "2 h 4 min",
  ])
  assert.deepEqual([999.6, 59_960, 119_700, 3_599_900].map(formatDuration), [
    "1.0 s",
    "1 min 0 s",
    "2 min 0 s",
    "1 h 0 min",
  ])
})
