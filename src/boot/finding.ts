/** What one look at the machine found. `warn` works with less; `fail` must be mended before a start. */
export type Finding = {
  readonly check: string
  readonly level: "ok" | "warn" | "fail"
  readonly words: string
  /** What to do about it. */
  readonly fix?: string
}
