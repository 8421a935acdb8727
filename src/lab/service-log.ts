import { readFileSync } from "node:fs"
import { logOf } from "../boot/project-paths.ts"

/** A line that a process of the service wrote into its log; what else stands in it depends on `msg`. */
export type LogLine = { readonly time: string; readonly msg: string; readonly [field: string]: unknown }

/** What a process of this folder's service (the working directory) has logged so far, in order. */
export function logLines(id: string, msg: string): LogLine[] {
  const lines = readFileSync(logOf(id), "utf8").split("\n")
  return lines.flatMap(line => {
    // Cheaper than parsing all; whatever else the process printed, and a line not yet whole, is none of its log.
    if (!line.includes(JSON.stringify(msg))) return []
    try {
      const parsed = JSON.parse(line) as LogLine
      return parsed.msg === msg ? [parsed] : []
    } catch {
      return []
    }
  })
}

/** Which backends the front door chooses among at this moment. */
export function rotationOf(edgeId: string): readonly string[] {
  return (logLines(edgeId, "backends in rotation").at(-1)?.["rotation"] ?? []) as readonly string[]
}
