/** Whose mistake it is: the user's (bad input, wrong configuration) or the system's (crash, time-out, bug). */
export type Fault = "user" | "system"

/** One row of a room's error table. `say` gets the details and returns one sentence: what, where and why. */
export type ErrorRow = {
  readonly fault: Fault
  readonly say: (details: ErrorDetails) => string
  /** What to do next, as a sentence or a command. */
  readonly todo: string
}
export type ErrorDetails = Readonly<Record<string, string | number | boolean | undefined>>

/** Every error Banyan shows to people: a stable code, what, where and why (message), and what to do. */
export class BanyanError extends Error {
  readonly code: string
  readonly fault: Fault
  readonly todo: string
  readonly details: ErrorDetails

  constructor(code: string, row: ErrorRow, details: ErrorDetails, cause?: unknown) {
    super(row.say(details), cause === undefined ? undefined : { cause })
    this.name = "BanyanError"
    this.code = code
    this.fault = row.fault
    this.todo = row.todo
    this.details = details
  }

  toJSON(): { code: string; fault: Fault; message: string; todo: string } {
    return { code: this.code, fault: this.fault, message: this.message, todo: this.todo }
  }
}

/**
 * Turns a room's table into a maker of errors: `const fail = defineErrors({ BN1001: {...} })`, then
 * `throw fail("BN1001", { port: 8080 })`. Codes are unique in the repository (test/tidy checks).
 */
export function defineErrors<const T extends Record<`BN${number}`, ErrorRow>>(table: T) {
  const fail = (code: keyof T & string, details: ErrorDetails = {}, cause?: unknown): BanyanError =>
    new BanyanError(code, table[code] as ErrorRow, details, cause)
  return Object.assign(fail, { table })
}

export function isBanyanError(error: unknown): error is BanyanError {
  return error instanceof BanyanError
}

/** The message of anything thrown. Never throws, though what was thrown may refuse to be a text. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error)
  } catch {
    return Object.prototype.toString.call(error)
  }
}
