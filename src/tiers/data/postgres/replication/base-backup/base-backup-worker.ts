import { parentPort, workerData } from "node:worker_threads"
import { isBanyanError, messageOf } from "../../../../../kit/errors.ts"
import type { BackupOutcome } from "./base-backup.ts"
import { type BackupRequest, receiveBackup } from "./receive-backup.ts"

/** Often enough for a progress bar. */
const tellEveryMs = 100

const tell = (outcome: BackupOutcome) => parentPort?.postMessage(outcome)
let toldMs = Number.NEGATIVE_INFINITY

try {
  const receipt = await receiveBackup(workerData as BackupRequest, progress => {
    if (performance.now() - toldMs < tellEveryMs) return
    toldMs = performance.now()
    tell({ kind: "progress", progress })
  })
  tell({ kind: "done", receipt })
} catch (error) {
  // An error loses its class on the way to another thread.
  if (isBanyanError(error)) tell({ kind: "failed", code: error.code, details: error.details })
  else tell({ kind: "failed", code: undefined, details: { reason: messageOf(error) } })
}
