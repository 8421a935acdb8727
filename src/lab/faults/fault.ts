/**
 * Something broken on purpose, and how to mend it. A value that does nothing until it is struck; implementations stand
 * beside this file, one for each way to break something.
 */
export type Fault = {
  /** The event in the history: `kill`, `freeze`, `cut`, `delay`. */
  readonly name: string
  /** To whom: `web-2`, `client-edge`. */
  readonly subject: string
  /** How: `SIGSTOP of 3 processes`, `both ways, toxic proxy`. */
  readonly detail?: string
  strike(): Promise<void>
  /** Takes it back. Safe at any time: before the strike, twice, when the victim has gone. A kill has nothing to heal. */
  heal(): Promise<void>
}

/** What healing is called in the history: `freeze` ends with `thaw`, all else with `<name> healed`. */
export function healingOf({ name }: Pick<Fault, "name">): string {
  return name === "freeze" ? "thaw" : `${name} healed`
}

/** What it is called when the strike is done: who looks for what happened just then looks from the one to the other. */
export function struckOf({ name }: Pick<Fault, "name">): string {
  return `${name} struck`
}

/**
 * A fault this machine or this user cannot inject. It is told with its reason, counts for nothing, and a drill that
 * skipped one is `incomplete`: it did not pass.
 */
export type SkippedFault = {
  readonly name: string
  readonly subject: string
  /** What is missing, as a sentence: `needs root (or a user namespace) for a network of its own`. */
  readonly why: string
  /** What would allow it: `run the drill as root`. */
  readonly remedy: string
}
