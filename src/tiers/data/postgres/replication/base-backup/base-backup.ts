import { Worker } from "node:worker_threads"
import { type BanyanError, type ErrorDetails, isBanyanError } from "../../../../../kit/errors.ts"
import { dataError } from "../../../data-errors.ts"
import { nameOf } from "../../connection.ts"
import { replicationError } from "../replication-errors.ts"
import type { BackupProgress, BackupReceipt } from "./incoming-backup.ts"
import type { BackupRequest } from "./receive-backup.ts"

/** What the thread says. */
export type BackupOutcome =
  | { readonly kind: "progress"; readonly progress: BackupProgress }
  | { readonly kind: "done"; readonly receipt: BackupReceipt }
  | { readonly kind: "failed"; readonly code: string | undefined; readonly details: ErrorDetails }

export type BackupOptions = {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: BackupProgress) => void) | undefined
}

/**
 * A base backup of a running server, primary or standby, in a folder that it makes: complete, held against the server's
 * manifest, and self-contained (the log it needs is in it). A thread of its own does it, so that whoever asks for it goes
 * on answering. Rejects with BN2250 .. BN2256, BN2236, BN2237, or the signal's reason; what is in the folder then is the
 * caller's to remove.
 */
export async function takeBaseBackup(
  request: BackupRequest,
  { signal, onProgress = () => {} }: BackupOptions = {},
): Promise<BackupReceipt> {
  signal?.throwIfAborted()
  const worker = new Worker(new URL("./base-backup-worker.ts", import.meta.url), { workerData: request })
  const { promise, resolve, reject } = Promise.withResolvers<BackupReceipt>()
  const broken = (reason: string) => replicationError("BN2250", { from: nameOf(request.from), reason })
  worker.on("message", (outcome: BackupOutcome) => {
    if (outcome.kind === "progress") onProgress(outcome.progress)
    else if (outcome.kind === "done") resolve(outcome.receipt)
    else reject(errorOf(outcome) ?? broken(String(outcome.details["reason"])))
  })
  worker.once("error", error => reject(isBanyanError(error) ? error : broken(String(error))))
  worker.once("exit", () => reject(broken("its thread ended")))
  const abort = () => reject(signal?.reason)
  signal?.addEventListener("abort", abort, { once: true })
  try {
    return await promise
  } finally {
    signal?.removeEventListener("abort", abort)
    // Also when it was aborted: nobody writes to the folder any more once this has resolved.
    await worker.terminate()
  }
}

function errorOf({ code = "", details }: { code: string | undefined; details: ErrorDetails }) {
  for (const make of [replicationError, dataError]) {
    if (code in make.table)
      return (make as (code: string, details: ErrorDetails) => BanyanError)(code, details)
  }
  return undefined
}
