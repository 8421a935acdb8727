import type { ErrorDetails } from "./errors.ts"

/** What the errors of a codec have in common: each names the rule of a standard that a message broke. */

/** Fills `{name}` from the details; what came from the peer is quoted and cut. */
export function ruleSentence(sentence: string): (details: ErrorDetails) => string {
  return details => sentence.replace(/\{(\w+)\}/g, (_, name: string) => printable(details[name]))
}

function printable(value: ErrorDetails[string]): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : String(value)
}

/** The code of each rule of a table. */
export function codesOfRules<Row extends { readonly rule: string }, Code extends string>(
  table: Readonly<Record<Code, Row>>,
): Readonly<Record<Row["rule"], Code>> {
  const entries = Object.entries<Row>(table).map(([code, { rule }]) => [rule, code])
  return Object.fromEntries(entries)
}
