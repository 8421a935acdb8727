import { readFields } from "./fields.ts"
import { type ControlFields, controlFields } from "./framing.ts"
import type { Fields, MadeLines } from "./http1.ts"

/** The fields of a head: as they came, taken apart, and those by which the codec itself is ruled. */
export type FieldSection = {
  readonly lines: string
  readonly fields: Fields
  readonly known: ControlFields
  readonly made: MadeLines
}

/** Reads the section that begins at `at` and ends the head `text`, its empty line included. Throws HttpParseError. */
export type ReadSection = (text: string, at: number) => FieldSection

export const readSection: ReadSection = (text, at) => {
  const fields = readFields(text, at)
  return {
    lines: text.slice(at, -2),
    fields,
    known: controlFields(fields),
    made: { by: undefined, of: undefined, lines: "" },
  }
}

/** What is held of each connection; of longer heads nothing is. */
const maxHeldLength = 2048

/**
 * `readSection` for the heads of one connection. Who speaks there says most of itself again with each message (its
 * name, its cookies, what it takes), and what is the same as last time, to the letter, is not taken apart again.
 */
export function sectionReader(): ReadSection {
  let lastText = ""
  let last: FieldSection | undefined
  return (text, at) => {
    const own = text.slice(at)
    if (last !== undefined && own === lastText) return last
    const section = readSection(text, at)
    const isHeld = text.length <= maxHeldLength
    lastText = isHeld ? own : ""
    last = isHeld ? section : undefined
    return section
  }
}
