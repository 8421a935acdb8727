import { isBlank, isToken } from "./characters.ts"
import type { Fields, MadeLines } from "./http1.ts"
import { reject } from "./http1-errors.ts"
import { remembered } from "./remembered.ts"

const CR = 0x0d
const SP = 0x20

const fieldName = remembered(name => ({ name, lower: name.toLowerCase(), isToken: isToken(name) }))

/** The name in lower case. */
export function lowerName(name: string): string {
  return fieldName(name).lower
}

/** Whether it may stand before a colon. */
export function isFieldName(name: string): boolean {
  return fieldName(name).isToken
}

/** Reads `name: value CRLF` lines from `at` to the empty line (RFC 9112 section 5). */
export function readFields(text: string, at: number): Fields {
  const fields: string[] = []
  for (let start = at; ; ) {
    const end = text.indexOf("\r\n", start)
    if (end === start) return fields
    const colon = text.indexOf(":", start)
    if (isBlank(text.charCodeAt(start))) throw reject("obs-fold")
    if (colon === -1 || colon > end) throw reject("field-line", { line: text.slice(start, end) })
    const { name, isToken } = fieldName(text.slice(start, colon))
    if (!isToken) {
      const rule = isBlank(text.charCodeAt(colon - 1)) && colon > start ? "space-before-colon" : "field-name"
      throw reject(rule, { name })
    }
    fields.push(name, trimmed(text, colon + 1, end))
    start = end + 2
  }
}

function trimmed(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

/** The first value of the field, or undefined. `name` is given in lower case. */
export function fieldValue(fields: Fields, name: string): string | undefined {
  for (let at = 0; at < fields.length; at += 2) {
    if (isNamed(fields[at]!, name)) return fields[at + 1]
  }
  return undefined
}

/** All values of the field in order. `name` is given in lower case. */
export function fieldValues(fields: Fields, name: string): string[] {
  const values: string[] = []
  for (let at = 0; at < fields.length; at += 2) {
    if (isNamed(fields[at]!, name)) values.push(fields[at + 1]!)
  }
  return values
}

/** The fields but those named (in lower case). */
export function withoutFields(fields: Fields, names: Iterable<string>): string[] {
  const dropped = names instanceof Set ? (names as ReadonlySet<string>) : new Set(names)
  const kept: string[] = []
  for (let at = 0; at < fields.length; at += 2) {
    if (!dropped.has(lowerName(fields[at]!))) kept.push(fields[at]!, fields[at + 1]!)
  }
  return kept
}

/** The head with one field more, in both its forms. */
export function withField<Head extends FieldLines>(head: Head, name: string, value: string): Head {
  return { ...head, fields: [...head.fields, name, value], lines: `${head.lines}${name}: ${value}\r\n` }
}

/** The options of all Connection fields, in lower case (RFC 9110 section 7.6.1). */
export function connectionTokens(fields: Fields): string[] {
  return listMembers(fieldValues(fields, "connection"))
}

/** The members of comma-separated lists in lower case, empty ones dropped (RFC 9110 section 5.6.1). */
export function listMembers(values: readonly string[]): string[] {
  const members: string[] = []
  for (const value of values) {
    for (const part of value.split(",")) {
      const member = trimmed(part, 0, part.length).toLowerCase()
      if (member !== "") members.push(member)
    }
  }
  return members
}

/** Fields that concern one connection only, whether or not Connection names them. */
const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-authentication-info",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
])

/** What a proxy passes on: the fields without Connection, those it names, and the other hop-by-hop ones. */
export function endToEndFields(fields: Fields): string[] {
  const named = connectionTokens(fields).filter(name => !hopByHop.has(name))
  return withoutFields(fields, named.length === 0 ? hopByHop : new Set([...hopByHop, ...named]))
}

/** A head's fields and the same as they came, line by line: the two always say the same. */
type FieldLines = { readonly fields: Fields; readonly lines: string; readonly made?: MadeLines | undefined }

/**
 * Makes what `endToEndFields` is for lines, without the fields that `isReplaced` (asked in lower case, once a name).
 * What came plainly as `name: value` goes on as it came, whole runs of lines in one piece; the rest is made anew.
 */
export function endToEndLines(isReplaced: (lowerName: string) => boolean): (head: FieldLines) => string {
  const isDropped = remembered(name => hopByHop.has(name.toLowerCase()) || isReplaced(name.toLowerCase()))
  const make = (head: FieldLines) => {
    const named = connectionTokens(head.fields)
    return keptLines(
      head,
      named.length === 0 ? isDropped : name => isDropped(name) || named.includes(lowerName(name)),
    )
  }
  return head => {
    const { made, fields } = head
    if (made === undefined) return make(head)
    if (made.by !== make || made.of !== fields) {
      made.by = make
      made.of = fields
      made.lines = make(head)
    }
    return made.lines
  }
}

function keptLines({ fields, lines }: FieldLines, isDropped: (name: string) => boolean): string {
  let kept = ""
  /** Where the run of lines that go on as they are begins, and where the line at hand does. */
  let runStart = 0
  let start = 0
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!
    const value = fields[at + 1]!
    const plainEnd = start + name.length + value.length + 4
    const isPlain = lines.charCodeAt(start + name.length + 1) === SP && lines.charCodeAt(plainEnd - 2) === CR
    const end = isPlain ? plainEnd : lines.indexOf("\r\n", start) + 2
    const goesOn = !isDropped(name)
    if (!goesOn || !isPlain) {
      kept += lines.slice(runStart, start)
      if (goesOn) kept += `${name}: ${value}\r\n`
      runStart = end
    }
    start = end
  }
  return kept + lines.slice(runStart)
}

function isNamed(field: string, lower: string): boolean {
  return field.length === lower.length && lowerName(field) === lower
}
