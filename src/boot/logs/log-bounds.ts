import type { LogBounds } from "./log-reading.ts"

const mib = 1024 * 1024

/**
 * For readers through the admin API: 10,000 lines a second at most, and what the supervisor reads and keeps for each of
 * them stays small whatever is written and however slowly they read.
 */
export const streamBounds: LogBounds = {
  mostLines: 2_000,
  mostWarnings: 500,
  mostLetters: mib,
  mostLineBytes: 16 * 1024,
  lookEveryMs: 200,
  mostFreshBytes: 4 * mib,
  mostBackBytes: 64 * mib,
  skips: true,
}

/** For a command: every line, as long as it takes. */
export const commandBounds: LogBounds = {
  mostLines: Number.POSITIVE_INFINITY,
  mostWarnings: Number.POSITIVE_INFINITY,
  mostLetters: Number.POSITIVE_INFINITY,
  mostLineBytes: mib,
  lookEveryMs: 200,
  mostFreshBytes: 16 * mib,
  mostBackBytes: Number.POSITIVE_INFINITY,
  skips: false,
}

/** For who counts all the time: one look a second, and a flood costs no more than this. */
export const watchBounds: LogBounds = {
  ...streamBounds,
  mostLines: Number.POSITIVE_INFINITY,
  mostWarnings: Number.POSITIVE_INFINITY,
  mostLetters: Number.POSITIVE_INFINITY,
  lookEveryMs: 1_000,
  mostBackBytes: mib,
}
