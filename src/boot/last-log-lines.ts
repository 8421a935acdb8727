import { closeSync, fstatSync, openSync, readSync } from "node:fs"
import { logOf } from "./project-paths.ts"

const mostBytes = 4096
const mostLines = 5

/** The end of an instance's log, in one line; undefined when it has none. */
export function lastLogLines(id: string): string | undefined {
  try {
    const lines = endOf(logOf(id))
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

function endOf(path: string): string {
  const fd = openSync(path, "r")
  try {
    const { size } = fstatSync(fd)
    const bytes = Buffer.alloc(Math.min(size, mostBytes))
    readSync(fd, bytes, 0, bytes.length, size - bytes.length)
    return bytes.toString("utf8")
  } finally {
    closeSync(fd)
  }
}
