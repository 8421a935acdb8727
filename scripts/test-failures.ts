import { relative } from "node:path"
import { inspect } from "node:util"

export type Failure = {
  readonly file?: string | undefined
  readonly line?: number | undefined
  readonly name: string
  readonly details: { readonly error: Error & { readonly failureType?: string; readonly cause?: unknown } }
}

/**
 * A failure in whole as soon as it is there: the reporter tells it at the end only, and a run that is cut off before that
 * would keep it to itself. Nothing of a test that failed because of those in it: they were told.
 */
export function failureLines({ file, line, name, details: { error } }: Failure): string[] {
  if (error.failureType === "subtestsFailed") return []
  const place = file === undefined ? "" : ` (${relative(process.cwd(), file)}${line ? `:${line}` : ""})`
  const cause = error.cause ?? error
  const words = cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause)
  return [`FAILED ${name}${place}`, ...words.split("\n").map(each => `  ${each}`)]
}
