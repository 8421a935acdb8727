/** How an attempt to have a request answered ended badly. */
export type AttemptFailure =
  /** No connection came about: no byte of the request was sent. */
  | "connect-failed"
  /** The connection ended, or was reset, after bytes had been sent. */
  | "closed"
  /** The answer was no HTTP. */
  | "malformed"
  /** No end, but no byte either, and the backend was taken out of rotation for its silence: it may yet be answered. */
  | "silent"

export type Attempt = {
  readonly failure: AttemptFailure
  /** Doing it twice is as good as doing it once. */
  readonly repeatable: boolean
  /** Any byte of an answer came, interim ones included. */
  readonly answerBegun: boolean
  /** All bytes of the request that were taken from the client are still held. */
  readonly replayable: boolean
  /** How often it was sent again already. */
  readonly replays: number
}

const maxReplays = 2

/** A request that itself brings backends to a halt must not go round. */
const maxReplaysBySilence = 1

/**
 * `seek`: nothing was sent, so the request goes on looking for a backend, whatever it is, until its time is up.
 * `replay`: it may have been processed, but twice is harmless; costs the retry budget. `give-up`: anything else; after
 * silence that is to wait on.
 */
export type RetryDecision = "seek" | "replay" | "give-up"

export function retryDecision(attempt: Attempt): RetryDecision {
  if (attempt.failure === "connect-failed") return "seek"
  if (attempt.failure === "malformed" || attempt.answerBegun || !attempt.repeatable) return "give-up"
  const most = attempt.failure === "silent" ? maxReplaysBySilence : maxReplays
  return attempt.replayable && attempt.replays < most ? "replay" : "give-up"
}
