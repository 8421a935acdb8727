/** A way to make processes stand still, and go on where they stood. Used once. */
export interface Freezer {
  /** For the history: `SIGSTOP`. */
  readonly how: string
  /** Resolves when all that `members` names, asked as often as it takes, stand still. */
  freeze(members: () => readonly number[]): Promise<void>
  /** Safe at any time. */
  thaw(): Promise<void>
}
