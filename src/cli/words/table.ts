import { stripVTControlCharacters } from "node:util"
import { onData } from "../output.ts"

/** Rows under dim headings, columns as wide as their widest cell, two spaces between; the last is not padded. */
export function tableLines(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map(row => visibleLength(row[column] ?? ""))),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === cells.length - 1 ? cell : cell + " ".repeat(widths[column]! - visibleLength(cell)),
      )
      .join("  ")
  return [onData("dim", line(headings)), ...rows.map(line)]
}

function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length
}
