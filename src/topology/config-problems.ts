import type { z } from "zod"
import { closestWord } from "../kit/closest-word.ts"
import { type Config, configSchema } from "./config.ts"
import { topologyError } from "./topology-errors.ts"

export const configFileName = "banyan.config.ts"

/** Checks what a configuration file exports and fills the defaults in. Throws BN1003, every bad field on a line. */
export function parseConfig(input: unknown): Config {
  const result = configSchema.safeParse(input)
  const problems = result.success
    ? relationProblems(result.data)
    : result.error.issues.flatMap(i => say(i, input))
  if (problems.length > 0 || !result.success) {
    throw topologyError("BN1003", { problems: problems.map(line => `${configFileName}: ${line}`).join("\n") })
  }
  return result.data
}

/** Rules between fields of the file. */
function relationProblems({ stage, web, edge }: Config): string[] {
  const problems: string[] = []
  if (web.instances !== undefined && stage === "single") {
    problems.push(
      `web/instances: should be left out in stage "single", where one process does it all; got ${web.instances}`,
    )
  }
  if (edge.backendIdleTimeoutMs >= web.keepAliveMs) {
    const why = "else a request may meet a connection that is just being closed"
    problems.push(
      `edge/backendIdleTimeoutMs: should be shorter than web/keepAliveMs (${web.keepAliveMs}), ${why}; got ${edge.backendIdleTimeoutMs}`,
    )
  }
  return problems
}

type Issue = z.core.$ZodIssue

function say(issue: Issue, input: unknown): string[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map(key => sayUnknown([...issue.path, key]))
  const field = issue.path.length === 0 ? "the default export" : issue.path.join("/")
  return [`${field}: should be ${expectation(issue, input)}, got ${show(valueAt(input, issue.path))}`]
}

function sayUnknown(path: readonly PropertyKey[]): string {
  const known = fieldsAt(path.slice(0, -1))
  const meant = closestWord(String(path.at(-1)), known)
  const hint = meant === undefined ? `known here: ${known.join(", ")}` : `did you mean \`${meant}\`?`
  return `${path.join("/")}: is no known field; ${hint}`
}

function expectation(issue: Issue, input: unknown): string {
  const range = rangeOf(schemaAt(issue.path))
  if (range !== undefined) return range
  if (issue.code === "invalid_value") return issue.values.map(value => JSON.stringify(value)).join(" or ")
  if (issue.code === "invalid_format") return issue.message.replace(/^should be /, "")
  if (issue.code === "invalid_type") return expectedType(issue.expected, input)
  return issue.message
}

function expectedType(expected: string, input: unknown): string {
  if (expected === "string") return "a text"
  if (expected === "object")
    return input === undefined ? "an object: export default defineConfig({ ... })" : "an object"
  return `a ${expected}`
}

/** `a whole number from 1 to 16`, from the schema itself, so that one sentence serves every wrong value of a field. */
export function rangeOf(field: AnySchema | undefined): string | undefined {
  const schema = unwrap(field)
  if (schema?.type === "number") {
    const kind = schema.format === "safeint" ? "whole number" : "number"
    return `a ${kind} from ${schema.minValue} to ${schema.maxValue}`
  }
  if (schema?.type === "string" && schema.format === null) {
    const most = schema.maxLength === null ? "at least 1 character" : `1 to ${schema.maxLength} characters`
    return `a text of ${most}`
  }
  return undefined
}

/** As much of a zod schema as is read here. */
export type AnySchema = {
  readonly type: string
  readonly def: { readonly innerType?: AnySchema; readonly defaultValue?: unknown }
  readonly description?: string
  readonly shape?: Readonly<Record<PropertyKey, AnySchema>>
  readonly format?: string | null
  readonly minValue?: number
  readonly maxValue?: number
  readonly maxLength?: number | null
}

/** The schema of a field without its default and its being optional. */
export function unwrap(schema: AnySchema | undefined): AnySchema | undefined {
  return schema?.def.innerType === undefined ? schema : unwrap(schema.def.innerType)
}

function schemaAt(path: readonly PropertyKey[]): AnySchema | undefined {
  let schema: AnySchema | undefined = configSchema as unknown as AnySchema
  for (const key of path) {
    schema = unwrap(schema)?.shape?.[key]
  }
  return schema
}

function fieldsAt(path: readonly PropertyKey[]): string[] {
  return Object.keys(unwrap(schemaAt(path))?.shape ?? {})
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    input,
  )
}

function show(value: unknown): string {
  if (value === undefined) return "nothing"
  if (typeof value === "function") return "a function"
  const text = typeof value === "number" || typeof value === "bigint" ? String(value) : JSON.stringify(value)
  return text === undefined ? typeof value : text.length > 80 ? `${text.slice(0, 77)}...` : text
}
