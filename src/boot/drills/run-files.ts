import { readdirSync } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import { readJsonFile } from "../../kit/node/json-file.ts"
import { isAlive, type ProcessIdentity } from "../../kit/node/process-identity.ts"
import { type DrillRunView, drillEndSchema, drillRequestSchema } from "../../wire/admin.ts"

/** What is kept of a run of a drill, each in a folder of its own. */
export const runFiles = {
  /** Who runs what, since when. */
  run: "run.json",
  /** What it says. */
  output: "output.log",
  /** Its report: one JSON value, and a page. */
  report: "report.json",
  page: "report.html",
  /** How it ended. */
  end: "end.json",
} as const

const recordSchema = drillRequestSchema.extend({
  startedAtMs: z.number(),
  pid: z.number(),
  /** Of the process's identity. */
  startedAt: z.string(),
})
export type RunRecord = z.output<typeof recordSchema>

const idPattern = /^[a-z-]{1,64}-\d{1,16}$/

/** Newest first. */
export function runIds(folder: string): string[] {
  try {
    const at = (id: string) => Number(id.slice(id.lastIndexOf("-") + 1))
    return readdirSync(folder)
      .filter(id => idPattern.test(id))
      .toSorted((a, b) => at(b) - at(a))
  } catch {
    return []
  }
}

/** A run as people see it, and the process that writes down how it ends. */
export type Run = { readonly view: DrillRunView; readonly keeper: ProcessIdentity }

/** Newest first; without those that are damaged. */
export function readRuns(folder: string): Run[] {
  return runIds(folder).flatMap(id => readRun(folder, id) ?? [])
}

/** Undefined for what is no id, was never there, or is damaged. */
export function readRun(folder: string, id: string): Run | undefined {
  if (!idPattern.test(id)) return undefined
  const record = readJsonFile(join(folder, id, runFiles.run), recordSchema)
  if (record === undefined) return undefined
  const end = readJsonFile(join(folder, id, runFiles.end), drillEndSchema)
  const { pid, startedAt, ...asked } = record
  const keeper = { pid, startedAt }
  const state = end !== undefined ? "ended" : isAlive(keeper) ? "running" : "lost"
  return { view: { id, ...asked, state, ...(end && { end }) }, keeper }
}
