import assert from "node:assert/strict"
import { test } from "node:test"
import { parseMoment } from "./moment.ts"

const nowMs = Date.UTC(2026, 10, 21, 22, 38, 13, 500)

test("a moment is latest, a backup, or a time with or without an offset", () => {
  const time = (...parts: [number, number, number, number?, number?, number?, number?]) => ({
    kind: "time",
    atMs: Date.UTC(...parts),
  })
  assert.deepEqual(parseMoment(" latest ", nowMs), { kind: "latest" })
  assert.deepEqual(parseMoment("20261121T223813123Z", nowMs), { kind: "backup", name: "20261121T223813123Z" })
  assert.deepEqual(parseMoment("2026-11-21T22:38:13.250Z", nowMs), time(2026, 10, 21, 22, 38, 13, 250))
  assert.deepEqual(parseMoment("2026-11-21 22:38", nowMs), time(2026, 10, 21, 22, 38))
  assert.deepEqual(parseMoment("2026-11-21T23:38:13+01:00", nowMs), time(2026, 10, 21, 22, 38, 13))
  assert.deepEqual(parseMoment("2026-11-21", nowMs), time(2026, 10, 21))
})

test("everything else is refused, and so is the future", () => {
  for (const text of [
    "",
    "yesterday",
    "1795302755",
    "21.11.2026",
    "2026-02-30",
    "2026-13-01",
    "2026-11-21T25:00:00Z",
  ])
    assert.throws(() => parseMoment(text, nowMs), { code: "BN2411" }, text)
  assert.throws(() => parseMoment("2026-11-21T22:38:14Z", nowMs), { code: "BN2415" })
  assert.throws(() => parseMoment("2026-11-21T22:38:00-05:00", nowMs), { code: "BN2415" })
})
