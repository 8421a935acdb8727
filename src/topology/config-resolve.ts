import { type Config, configSchema } from "./config.ts"
import { expectationAt, fieldPaths } from "./config-fields.ts"
import { configFileName, parseConfig } from "./config-problems.ts"
import { type Ladder, programLadder, rungOf, stages, stagesWithoutDatabase } from "./stages.ts"
import { type GroupName, type ScalableGroup, type StageName, scalesIn, type Topology } from "./topology.ts"
import { topologyError } from "./topology-errors.ts"

/** What a command line may say above the file. */
export type ConfigFlags = { readonly host?: string; readonly port?: number; readonly adminPort?: number }
export type ConfigEnvironment = { readonly PORT?: string | undefined }

/** What grow, shrink and scale said above the file; `by` is the command. */
export type ConfigOverrides = {
  readonly stage: StageName
  readonly instances: { readonly [group in GroupName]?: number | undefined }
  readonly by: string
}

export type ResolvedConfig = {
  readonly value: Config
  /** For each field, as a path (`web/drainTimeoutMs`), who said so: `default`, `banyan.config.ts`, `--port`, `grow`. */
  readonly sources: Readonly<Record<string, string>>
}

/** Where a configuration says how many instances of a group it wants. */
const parts = { web: "web", edge: "edge", postgres: "data" } as const satisfies Record<
  ScalableGroup,
  keyof Config
>
const scaled = Object.keys(parts) as readonly ScalableGroup[]

/**
 * The configuration in force: defaults, then the file, then what grow and scale said, then PORT, then flags.
 * Throws BN1003 (the file) and BN1004 (a flag or PORT).
 */
export function resolveConfig(
  file: unknown,
  overrides: ConfigOverrides | undefined,
  flags: ConfigFlags,
  env: ConfigEnvironment,
): ResolvedConfig {
  const base = parseConfig(file)
  const sources: Record<string, string> = {}
  for (const path of fieldPaths()) sources[path] = isGiven(file, path) ? configFileName : "default"

  const { stage, instances } = overrides ?? topologyOf(base)
  const told = {
    ...(env.PORT === undefined || env.PORT === ""
      ? {}
      : { port: checked("PORT", "port", Number(env.PORT), env.PORT) }),
    ...checkedFlags(flags),
  }
  if (told.port !== undefined) sources["port"] = flags.port === undefined ? "PORT" : "--port"
  if (told.host !== undefined) sources["host"] = "--host"
  if (told.adminPort !== undefined) sources["adminPort"] = "--admin-port"
  if (overrides !== undefined) {
    sources["stage"] = overrides.by
    for (const group of scaled) sources[`${parts[group]}/instances`] = overrides.by
  }
  const counted = (group: ScalableGroup) => (scalesIn(stage, group) ? instances[group] : undefined)
  const value = {
    ...base,
    ...told,
    stage,
    web: withInstances(base.web, counted("web")),
    edge: withInstances(base.edge, counted("edge")),
    data: withInstances(base.data, counted("postgres")),
  }
  if (value.port === value.adminPort) {
    const details = { field: "port", expected: `other than adminPort`, got: value.port }
    throw topologyError("BN1004", { source: sources["port"] ?? configFileName, ...details })
  }
  return { value, sources }
}

/** The topology a configuration describes: its stage, with as many front doors and web instances as it says. */
export function topologyOf(config: Config): Topology {
  const { stage } = config
  const { instances } = rungOf(ladderOf(config), stage)
  const said = scaled.map(group => [group, config[parts[group]].instances ?? instances[group]])
  return { stage, instances: { ...instances, ...Object.fromEntries(said) } }
}

export function ladderOf({ web, data }: Config): Ladder {
  const postgres = data.engine === "embedded" ? 1 : 0
  if (web.command !== undefined) return programLadder(postgres)
  return postgres === 1 ? stages : stagesWithoutDatabase
}

/** Of a stage that runs a fixed number, or of a group that does not run: none is said. */
function withInstances<T extends { instances?: number | undefined }>(part: T, instances: number | undefined) {
  const { instances: _, ...rest } = part
  return instances ? { ...rest, instances } : rest
}

function checkedFlags({ host, port, adminPort }: ConfigFlags): {
  host?: string
  port?: number
  adminPort?: number
} {
  return {
    ...(host === undefined ? {} : { host: checked("--host", "host", host, host) }),
    ...(port === undefined ? {} : { port: checked("--port", "port", port, port) }),
    ...(adminPort === undefined
      ? {}
      : { adminPort: checked("--admin-port", "adminPort", adminPort, adminPort) }),
  }
}

function checked<K extends "host" | "port" | "adminPort">(
  source: string,
  field: K,
  value: string | number,
  got: string | number,
): Config[K] {
  const schema = configSchema.shape[field]
  const result = schema.safeParse(value)
  if (result.success) return result.data as Config[K]
  const expected = expectationAt([field])
  throw topologyError("BN1004", { source, field, expected, got })
}

function isGiven(file: unknown, path: string): boolean {
  let value = file
  for (const key of path.split("/")) value = (value as Record<string, unknown> | undefined)?.[key]
  return value !== undefined
}
