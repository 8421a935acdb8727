import { jsonLine } from "banyan/log-line"
import type { Row } from "./log-store.ts"

const linesInPart = 1_000

/** The lines that are held, a line of JSON each, as `npx banyan logs --json` tells them. */
export function linesFile(rows: readonly Row[]): Blob {
  const lines = rows.flatMap(row => ("line" in row ? [row.line] : []))
  const parts: string[] = []
  for (let from = 0; from < lines.length; from += linesInPart)
    parts.push(
      lines
        .slice(from, from + linesInPart)
        .map(({ id, line }) => `${jsonLine(id, line)}\n`)
        .join(""),
    )
  return new Blob(parts, { type: "application/x-ndjson" })
}
