import type { z } from "zod"
import { closestWord } from "../kit/closest-word.ts"
import { hidePassword } from "../kit/hide-password.ts"
import { problemOfCommand } from "./command-line.ts"
import { type Config, type ConfigInput, configSchema, mostEmbeddedConnections } from "./config.ts"
import { backupProblems } from "./config-backup.ts"
import { databaseSettingsProblems } from "./config-database-settings.ts"
import { expectationAt, fieldsAt } from "./config-fields.ts"
import { tlsProblems } from "./config-tls.ts"
import { topologyError } from "./topology-errors.ts"

export const configFileName = "banyan.config.ts"

/** Checks what a configuration file exports and fills the defaults in. Throws BN1003, every bad field on a line. */
export function parseConfig(input: unknown): Config {
  const result = configSchema.safeParse(input)
  const problems = result.success
    ? relationProblems(result.data, input as ConfigInput)
    : result.error.issues.flatMap(i => say(i, input))
  if (problems.length > 0 || !result.success) {
    throw topologyError("BN1003", { problems: problems.map(line => `${configFileName}: ${line}`).join("\n") })
  }
  const { data, web } = result.data
  const engine = data.engine ?? (web.command === undefined ? "embedded" : "none")
  return { ...result.data, data: { ...data, engine } }
}

/** Rules between fields of the file. */
function relationProblems(config: Config, given: ConfigInput): string[] {
  const { stage, web, edge, data } = config
  const engine = data.engine ?? (web.command === undefined ? "embedded" : "none")
  const problems = [
    ...tlsProblems(edge.tls, { port: config.port, adminPort: config.adminPort }),
    ...backupProblems(data.backup, engine),
    ...databaseSettingsProblems(data.settings, engine),
  ]
  if (web.command === undefined) {
    for (const name of ["env", "healthPath"] as const)
      if (web[name] !== undefined)
        problems.push(`web/${name}: should be left out without web/command, got ${show(web[name])}`)
    if (data.engine === "none")
      problems.push('data/engine: should be "embedded" or "external" without web/command, got "none"')
  } else {
    const reason = problemOfCommand(web.command)
    if (reason !== undefined) {
      const hint = 'or the words of one: ["sh", "-c", "..."]'
      problems.push(
        `web/command: should be a command that needs no shell (${reason}), ${hint}; got ${show(web.command)}`,
      )
    }
    if (given.app !== undefined)
      problems.push(
        `app: should be left out beside web/command: one of the two serves; got ${show(given.app)}`,
      )
  }
  problems.push(...urlProblems(data))
  if (data.engine !== "external" && data.maxConnections > mostEmbeddedConnections)
    problems.push(
      `data/maxConnections: should be at most ${mostEmbeddedConnections}, which the embedded server takes, got ${data.maxConnections}`,
    )
  for (const [name, { instances }] of Object.entries({ web, edge }))
    if (instances !== undefined && stage === "single")
      problems.push(
        `${name}/instances: should be left out in stage "single", which has one of everything; got ${instances}`,
      )
  if (data.instances !== undefined && stage !== "replicated")
    problems.push(
      `data/instances: should be left out in stage "${stage}", which has one database; got ${data.instances}`,
    )
  if (stage === "replicated" && engine !== "embedded")
    problems.push(
      `stage: should be "single" or "balanced" where data/engine is "${engine}", got "replicated"`,
    )
  if (edge.backendIdleTimeoutMs >= web.keepAliveMs) {
    const why = "else a request may meet a connection that is just being closed"
    problems.push(
      `edge/backendIdleTimeoutMs: should be shorter than web/keepAliveMs (${web.keepAliveMs}), ${why}; got ${edge.backendIdleTimeoutMs}`,
    )
  }
  return problems
}

function urlProblems({ engine, url, replicaUrls, readerUrl }: Config["data"]): string[] {
  if (engine === "external")
    return url === undefined ? ['data/url: should be given with data/engine "external", got nothing'] : []
  return Object.entries({ url, replicaUrls, readerUrl }).flatMap(([name, value]) => {
    const problem = `data/${name}: should be left out without data/engine "external", got ${show(value)}`
    return value === undefined ? [] : [problem]
  })
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
  const text =
    typeof value === "number" || typeof value === "bigint" ? String(value) : JSON.stringify(value, hidden)
  return text === undefined ? typeof value : text.length > 80 ? `${text.slice(0, 77)}...` : text
}

function hidden(_key: string, value: unknown): unknown {
  return typeof value === "string" ? hidePassword(value) : value
}
