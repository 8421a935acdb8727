// @ts-expect-error: it has no types; it is the parser node-postgres itself registers for dates.
import parseDateText from "postgres-date"

/** How a value of a column is read. */
export type TypeParser = (text: string) => unknown

const parseDate = parseDateText as TypeParser

/** `2026-11-22 09:26:00.123456+00`: how servers whose time zone is UTC write an instant of these ten centuries. */
const shortest = "2026-11-22 09:26:00+00".length

/**
 * The same values as the parser gives, quicker where it is node-postgres's own for dates: a list with two of them in each row
 * spends a fifth of its client's time in there.
 */
export function quickly(parser: TypeParser): TypeParser {
  return parser === parseDate ? readTimestamp : parser
}

function readTimestamp(text: string): unknown {
  const { length } = text
  if (
    length < shortest ||
    text.charCodeAt(4) !== dash ||
    text.charCodeAt(10) !== blank ||
    !text.endsWith("+00")
  )
    return parseDate(text)
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  // Below, Date.UTC means another century.
  if (!(year >= 100)) return parseDate(text)
  const milliseconds = length === shortest ? 0 : 1000 * Number(text.slice(19, -3))
  const atMs = Date.UTC(
    year,
    twoDigits(text, 5) - 1,
    twoDigits(text, 8),
    twoDigits(text, 11),
    twoDigits(text, 14),
    twoDigits(text, 17),
    milliseconds,
  )
  return Number.isNaN(atMs) ? parseDate(text) : new Date(atMs)
}

const dash = 45
const blank = 32
const zero = 48

/** NaN where there is another character. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - zero
  const ones = text.charCodeAt(at + 1) - zero
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}
