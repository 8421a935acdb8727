import type { z } from "zod"
import { closestWord } from "../kit/closest-word.ts"
import { type Config, configSchema } from "./config.ts"
import { expectationAt, fieldsAt } from "./config-fields.ts"
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
  const example = input === undefined ? ": export default defineConfig({ ... })" : ""
  return expectationAt(issue.path) ?? `an object${example}`
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
