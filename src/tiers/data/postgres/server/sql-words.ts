/** An identifier, quoted. */
export function name(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

/** A text, quoted; with `standard_conforming_strings`, which is the default. */
export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
