/**
 * Loaded by every process of a drill's service before its own code: its wall clock can be set while it runs. Every
 * `Date` of the process follows; the monotonic clock and timers, which nobody can set, do not.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { heededFileOf, offsetFileOf } from "./clock-files.ts"

const lookEveryMs = 50
const readNow = Date.now
let offsetMs = 0

Date.now = () => readNow() + offsetMs
globalThis.Date = new Proxy(Date, {
  construct: (real, values, asked) =>
    Reflect.construct(real, values.length === 0 ? [real.now()] : values, asked),
  apply: real => new real(real.now()).toString(),
})
setInterval(look, lookEveryMs).unref()

function look(): void {
  const wantedMs = readOffset()
  if (wantedMs === offsetMs) return
  offsetMs = wantedMs
  writeFileSync(heededFileOf(process.pid), String(offsetMs))
}

/** 0 when nothing is asked. */
function readOffset(): number {
  try {
    return Number(readFileSync(offsetFileOf(process.pid), "utf8"))
  } catch {
    return 0
  }
}
