import { endOfFile } from "../../kit/node/end-of-file.ts"
import { logOf } from "../project-paths.ts"

const mostBytes = 4096
const mostLines = 5

/** The end of an instance's log, in one line; undefined when it has none. */
export function lastLogLines(id: string): string | undefined {
  try {
    const lines = endOfFile(logOf(id), mostBytes)
      .split("\n")
      .map(line => line.trim())
    return (
      lines
        .filter(line => line !== "")
        .slice(-mostLines)
        .join(" | ") || undefined
    )
  } catch {
    return undefined
  }
}
