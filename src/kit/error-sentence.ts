import type { ErrorDetails, ErrorRow } from "./errors.ts"

/** Stands for details nobody has yet: each is its own name in angle brackets. */
const placeholders: ErrorDetails = new Proxy({}, { get: (_, name) => `\`<${String(name)}>\`` })

/** What an error of this row says before it happens: `` `<file>`: not found in `<folder>` ``. */
export function errorSentence(row: ErrorRow): string {
  return row.say(placeholders)
}
