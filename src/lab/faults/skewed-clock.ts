import { readFileSync, rmSync } from "node:fs"
import { lookUntil } from "../../boot/service/look-until.ts"
import { writeFileAtomic } from "../../kit/node/atomic-file.ts"
import { identifyProcess, isAlive } from "../../kit/node/process-identity.ts"
import { heededFileOf, offsetFileOf } from "./clock-files.ts"
import type { Fault } from "./fault.ts"
import { faultError } from "./fault-errors.ts"

/** What every process of the service must load (`preload`), so that its clock can be set. */
export const settableClockUrl = new URL("./settable-clock.ts", import.meta.url).href

const heedWithinMs = 3000

/**
 * Sets the wall clock of one process of this folder's service (the working directory), and back. Both are jumps, as an
 * administrator or a time server makes them; both are seen to have come about. Throws BN3020.
 */
export function skewedClock(subject: string, pid: number, offsetMs: number): Fault {
  const identity = identifyProcess(pid)
  const lives = () => identity !== undefined && isAlive(identity)
  const heeds = async (wantedMs: number) => heededMs(pid) === wantedMs || !lives()
  const set = async (wantedMs: number) => {
    writeFileAtomic(offsetFileOf(pid), String(wantedMs))
    const heeded = await lookUntil(heedWithinMs, async () => ((await heeds(wantedMs)) ? true : undefined))
    if (heeded === undefined)
      throw faultError("BN3020", {
        name: "clock",
        subject,
        reason: `pid ${pid} does not go by the clock it was given; was it started with it?`,
      })
  }
  return {
    name: "clock",
    subject,
    detail: `${offsetMs > 0 ? "+" : ""}${offsetMs / 1000} s, pid ${pid}`,
    strike: () => set(offsetMs),
    async heal() {
      if (heededMs(pid) !== 0 && lives()) await set(0)
      for (const file of [offsetFileOf(pid), heededFileOf(pid)]) rmSync(file, { force: true })
    },
  }
}

/** 0 as long as it was never set. */
function heededMs(pid: number): number {
  try {
    return Number(readFileSync(heededFileOf(pid), "utf8"))
  } catch {
    return 0
  }
}
