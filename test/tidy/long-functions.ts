export type LongFunction = { readonly line: number; readonly lines: number; readonly head: string }

/**
 * Functions with more than `most` lines. The code is formatted, so a function ends at the first line that has its
 * indentation and begins with a closing brace; no parser is needed.
 */
export function longFunctions(text: string, most: number): LongFunction[] {
  const lines = text.split("\n")
  return lines.flatMap((head, start) => {
    if (!opensFunction(head)) return []
    const indent = indentOf(head)
    const end = lines.findIndex((line, at) => at > start && indentOf(line) === indent && /^\s*\}/.test(line))
    const length = end - start + 1
    return end !== -1 && length > most ? [{ line: start + 1, lines: length, head: head.trim() }] : []
  })
}

/** A line that ends in `{` and is no block of a statement, no object, no type and no class. */
function opensFunction(line: string): boolean {
  if (!line.endsWith("{")) return false
  if (
    /^\s*(\}|if|else|for|while|switch|try|do|catch|class|export (abstract )?class|interface|export interface)\b/.test(
      line,
    )
  ) {
    return false
  }
  return /=> \{$|\bfunction\b|^\s*[^=]*\)(: [^=]+)? \{$/.test(line)
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}
