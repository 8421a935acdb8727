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
