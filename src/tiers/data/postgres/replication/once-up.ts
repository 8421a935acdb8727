import { setTimeout as sleep } from "node:timers/promises"
import { hasLivePostgres } from "../server/pid-file.ts"
import { replicationError } from "./replication-errors.ts"
import type { StandbyLog } from "./standby-log.ts"

/** cannot_connect_now: it starts, and replays its log before anybody may look. (Or it ends: then nobody answers soon.) */
const startingCode = "57P03"
/** The process is there and its socket is not, or not yet: a server opens that moments after its birth. */
const notListeningCodes: ReadonlySet<unknown> = new Set(["ECONNREFUSED", "ENOENT"])
const listensWithinMs = 3000
const pollMs = 20
/** A log of gigabytes, on a busy machine. */
const recoversWithinMs = 600_000

type Starting = {
  readonly id: string
  readonly dataFolder: string
  readonly from: string
  readonly log: StandbyLog
}

/**
 * Asks a server that may have been born a moment ago, or still be replaying its log from a crash, until it lets somebody
 * in. Ending it meanwhile would only make it begin again. Rejects with what else asking throws, BN2259 when its log says
 * that it never will, BN2257 when it does not in ten minutes, or with the signal's reason.
 */
export async function onceUp<T>(
  { id, dataFolder, from, log }: Starting,
  ask: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const startedMs = performance.now()
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const { code } = error as { code?: unknown }
      const waitedMs = performance.now() - startedMs
      const mayListenYet =
        notListeningCodes.has(code) && waitedMs < listensWithinMs && hasLivePostgres(dataFolder)
      if (code !== startingCode && !mayListenYet) throw error
      const reason = log.reasonItCannot
      if (reason !== undefined) throw replicationError("BN2259", { id, from, reason }, error)
      if (waitedMs > recoversWithinMs) {
        const complaint = log.lastComplaint ?? "it still replays its log"
        throw replicationError(
          "BN2257",
          { id, from, waitedMs: Math.round(waitedMs), reason: complaint },
          error,
        )
      }
    }
    await sleep(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}
