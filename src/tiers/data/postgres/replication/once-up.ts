import { until } from "../../../../kit/node/until.ts"
import { hasLivePostgres } from "../server/pid-file.ts"
import { replicationError } from "./replication-errors.ts"
import type { StandbyLog } from "./standby-log.ts"

/** cannot_connect_now: it starts, and replays its log before anybody may look. (Or it ends: then nobody answers soon.) */
const startingCode = "57P03"
/** The process is there and its socket is not, or not yet: a server opens that moments after its birth. */
const notListeningCodes: ReadonlySet<unknown> = new Set(["ECONNREFUSED", "ENOENT"])
const listensWithinMs = 3000
/** Two that are started at once: one of them may wait for its process, too. */
const isBornWithinMs = 20_000
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
  return askedAgain(ask, signal, (error, waitedMs) => {
    const mayListenYet = isNotListening(error) && waitedMs < listensWithinMs && hasLivePostgres(dataFolder)
    if (!isStarting(error) && !mayListenYet) throw error
    const reason = log.reasonItCannot
    if (reason !== undefined) throw replicationError("BN2259", { id, from, reason }, error)
    if (waitedMs > recoversWithinMs) {
      const complaint = log.lastComplaint ?? "it still replays its log"
      throw replicationError("BN2257", { id, from, waitedMs: Math.round(waitedMs), reason: complaint }, error)
    }
  })
}

/** The same for one that another one starts just now: its process may not be there yet. Rejects with what asking throws. */
export function onceBorn<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return askedAgain(ask, signal, (error, waitedMs) => {
    const maySoon = isStarting(error)
      ? waitedMs < recoversWithinMs
      : isNotListening(error) && waitedMs < isBornWithinMs
    if (!maySoon) throw error
  })
}

/** `judge` throws what is not worth asking again. */
async function askedAgain<T>(
  ask: () => Promise<T>,
  signal: AbortSignal,
  judge: (error: unknown, waitedMs: number) => void,
): Promise<T> {
  const startedMs = performance.now()
  const asked = async () => {
    try {
      return { answer: await ask() }
    } catch (error) {
      judge(error, performance.now() - startedMs)
      return undefined
    }
  }
  return (await until(asked, pollMs, signal)).answer
}

function isStarting(error: unknown): boolean {
  return (error as { code?: unknown }).code === startingCode
}

function isNotListening(error: unknown): boolean {
  return notListeningCodes.has((error as { code?: unknown }).code)
}
