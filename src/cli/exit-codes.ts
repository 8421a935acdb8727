/** What a command's exit code says. Scripts rely on them; `docs/cli.md` lists them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  /** Wrong arguments; also "there would be changes" of `plan --exit-code`. */
  usage: 2,
  changes: 2,
  /** The service was asked and said no: nothing happened. */
  refused: 3,
  timedOut: 4,
  /** A drill found nothing wrong, and could not try everything its claim names. */
  incomplete: 5,
  /** A drill or a load found nothing wrong, and its load was not the one it claims. */
  invalid: 6,
  interrupted: 130,
} as const

/** What a person typed was wrong: a bad argument, flag or PORT, an unknown drill or log. */
const usageErrors = new Set(["BN3203", "BN3205", "BN3207", "BN3208", "BN1004", "BN3003", "BN2411", "BN2415"])
/** A statement that was understood and begun, and given up: by its time-out, or by somebody. */
const givenUp = new Set(["BN2291", "BN2295"])

/** Of an error that ends a command; `status`: the service said it, in an answer of this status. */
export function exitCodeOf(error: { readonly code: string; readonly status?: number }): number {
  if (usageErrors.has(error.code)) return exitCodes.usage
  if (error.code === "BN3204") return exitCodes.timedOut
  if (givenUp.has(error.code)) return exitCodes.failed
  if (error.status === undefined) return exitCodes.failed
  if (error.status === 409) return exitCodes.refused
  return error.status >= 400 && error.status < 500 ? exitCodes.usage : exitCodes.failed
}
