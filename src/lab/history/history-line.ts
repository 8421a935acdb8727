import type { FinalRead, HistoryHeader, Intent, Outcome, Result } from "./history.ts"

export const historyVersion = 1

/** One line of a history's file. `atMs` counts from the header's `startedAtMs`. */
export type HistoryLine =
  | ({ readonly type: "header"; readonly version: typeof historyVersion } & HistoryHeader)
  | ({ readonly type: "intent"; readonly atMs: number } & Intent)
  | ({ readonly type: "result"; readonly atMs: number; readonly id: string } & Result)
  | {
      readonly type: "event"
      readonly atMs: number
      readonly name: string
      readonly subject: string
      readonly detail?: string
    }
  | ({ readonly type: "final"; readonly atMs: number } & FinalRead)

export function encodeHistoryLine(line: HistoryLine): string {
  return `${JSON.stringify(line)}\n`
}

/** The line, or in words why it is none. */
export function decodeHistoryLine(text: string): HistoryLine | string {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    return "is no JSON"
  }
  if (typeof line !== "object" || line === null) return "is no JSON object"
  const { type } = line as { type?: unknown }
  const fields =
    typeof type === "string" && Object.hasOwn(shapes, type) ? shapes[type as LineType] : undefined
  if (fields === undefined) return `is of no known type: ${JSON.stringify(type)}`
  for (const [name, isRight] of fields) {
    const value = (line as Record<string, unknown>)[name]
    if (!isRight(value)) return `has no right \`${name}\`: ${JSON.stringify(value)}`
  }
  return line as HistoryLine
}

type LineType = HistoryLine["type"]
type Shape = readonly (readonly [name: string, isRight: (value: unknown) => boolean])[]

const kinds = new Set<unknown>(["write", "read", "add", "remove", "list", "request"])
const outcomes = new Set<unknown>(["ok", "failed", "unknown"] satisfies Outcome[])

const text = (value: unknown) => typeof value === "string"
const number = (value: unknown) => typeof value === "number"
const texts = (value: unknown) => Array.isArray(value) && value.every(text)
const optional = (isRight: (value: unknown) => boolean) => (value: unknown) =>
  value === undefined || isRight(value)

const shapes: Readonly<Record<LineType, Shape>> = {
  header: [
    ["version", value => value === historyVersion],
    ["title", text],
    ["seed", number],
    ["startedAtMs", number],
  ],
  intent: [
    ["atMs", number],
    ["id", text],
    ["session", text],
    ["kind", value => kinds.has(value)],
    ["key", text],
    ["value", optional(text)],
    ["method", optional(text)],
    ["keyed", optional(value => value === true)],
    ["mayLag", optional(value => value === true)],
  ],
  result: [
    ["atMs", number],
    ["id", text],
    ["outcome", value => outcomes.has(value)],
    ["saw", value => value === undefined || value === null || text(value)],
    ["items", optional(texts)],
    ["version", optional(number)],
    ["failure", optional(text)],
    ["detail", optional(text)],
  ],
  event: [
    ["atMs", number],
    ["name", text],
    ["subject", text],
    ["detail", optional(text)],
  ],
  final: [
    ["atMs", number],
    ["key", text],
    ["items", texts],
  ],
}
