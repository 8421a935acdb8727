import { setTimeout as sleep } from "node:timers/promises"
import { endOfFile } from "../../../../kit/node/end-of-file.ts"
import { identifyProcess } from "../../../../kit/node/process-identity.ts"
import { dataError } from "../../data-errors.ts"
import { readPidFile } from "./pid-file.ts"

const pollMs = 5
const logTailBytes = 16_384

/**
 * Resolves once the server accepts connections: line 8 of its pid file says so. Throws BN2239 when the process ends
 * first, with the last complaint in its log, and BN2240 when the signal aborts.
 */
export async function waitReady(
  server: { readonly id: string; readonly folder: string; readonly logFile: string | undefined },
  pid: number,
  signal: AbortSignal,
): Promise<void> {
  const { id, folder, logFile } = server
  for (;;) {
    const file = readPidFile(folder)
    const status = file?.pid === pid ? file.status : ""
    if (status === "ready" || status === "standby") return
    if (identifyProcess(pid) === undefined) {
      throw dataError("BN2239", { id, pid, reason: lastComplaint(logFile) ?? "it left no reason" })
    }
    if (signal.aborted) throw dataError("BN2240", { id, pid, state: status || "starting" }, signal.reason)
    await sleep(pollMs)
  }
}

/** The last FATAL or PANIC line of a server's log. */
function lastComplaint(logFile: string | undefined): string | undefined {
  if (logFile === undefined) return undefined
  try {
    const lines = endOfFile(logFile, logTailBytes).split("\n")
    const complaint = lines.filter(line => /(FATAL|PANIC|error while loading|unshare:)/.test(line)).at(-1)
    return complaint?.replace(/^.*?(FATAL|PANIC):\s*/, "").slice(0, 300)
  } catch {
    return undefined
  }
}
