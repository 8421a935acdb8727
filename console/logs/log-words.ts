import { furtherFields, type LogFields } from "banyan/log-line"
import { count } from "../words/numbers.ts"

/** Why lines are missing at a place. */
export function missingWords({ leftOut, unreadBytes }: { leftOut: number; unreadBytes: number }): string {
  const lines = leftOut === 0 ? [] : [`${count(leftOut)} more ${leftOut === 1 ? "line" : "lines"}`]
  const bytes = unreadBytes === 0 ? [] : [`${count(Math.ceil(unreadBytes / 1_000))} kB unread`]
  return `${[...lines, ...bytes].join(" and ")} left out: more is written than can be shown`
}

export type Fact = readonly [name: string, value: string]

/** Of a row; nobody's screen is wider, and a row costs what it holds. */
export const mostLetters = 400

/** What stands behind the words of a line: its other fields, as JSON; the request has a place of its own. */
export function moreWords(fields: LogFields | undefined): string {
  if (fields === undefined) return ""
  const { requestId: _, ...rest } = furtherFields(fields)
  return Object.keys(rest).length === 0 ? "" : JSON.stringify(rest).slice(0, mostLetters)
}

/** The fields of a line, one below the other: `access.status`. Stacks are told apart, for they have lines. */
export function factsOf(fields: LogFields, prefix = ""): Fact[] {
  return Object.entries(fields).flatMap(([name, value]): Fact[] => {
    const path = `${prefix}${name}`
    if (value === null || value === undefined) return []
    if (typeof value !== "object") return [[path, String(value)]]
    return Array.isArray(value) ? [[path, JSON.stringify(value)]] : factsOf(value as LogFields, `${path}.`)
  })
}
