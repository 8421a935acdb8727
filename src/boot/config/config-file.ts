import { existsSync, statSync } from "node:fs"
import { registerHooks } from "node:module"
import { dirname, join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { overridesSchema } from "../../control/overrides.ts"
import { isBanyanError, messageOf } from "../../kit/errors.ts"
import { readJsonFile } from "../../kit/node/json-file.ts"
import { configFileName } from "../../topology/config-problems.ts"
import { type ConfigFlags, type ResolvedConfig, resolveConfig } from "../../topology/config-resolve.ts"
import { topologyError } from "../../topology/topology-errors.ts"
import { paths } from "../project-paths.ts"

/**
 * The configuration in force in this folder (the working directory): the file read anew, what grow and scale said,
 * PORT, and `flags`. Throws BN1001 to BN1004. Damaged overrides count as none here; the supervisor sets them aside.
 */
export async function readConfig(flags: ConfigFlags = {}): Promise<ResolvedConfig> {
  const overrides = readJsonFile(paths.overrides, overridesSchema)
  return resolveConfig(await importConfig(), overrides, flags, { PORT: process.env["PORT"] })
}

/** What the file alone says, read anew: the base that grow and scale are laid over, and that `apply` returns to. */
export async function readFileConfig(): Promise<ResolvedConfig> {
  return resolveConfig(await importConfig(), undefined, {}, {})
}

/** The nearest folder, from `start` upward, with a configuration file. Throws BN1001 when there is none. */
export function findProjectFolder(start = process.cwd()): string {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (existsSync(join(folder, configFileName))) return folder
    if (dirname(folder) === folder) throw topologyError("BN1001", { file: configFileName, folder: start })
  }
}

/**
 * Imports the file natively. Modules are cached by their address: the file's time of change in the query brings a
 * changed file in anew without keeping a copy for each read.
 */
async function importConfig(): Promise<unknown> {
  const file = resolve(configFileName)
  if (!existsSync(file)) throw topologyError("BN1001", { file: configFileName, folder: process.cwd() })
  try {
    const { mtimeMs } = statSync(file)
    const module = await importModule(`${pathToFileURL(file).href}?changed=${mtimeMs}`)
    return module.default
  } catch (error) {
    if (isBanyanError(error)) throw error
    throw topologyError("BN1002", { file: configFileName, reason: messageOf(error) }, error)
  }
}

/** As a module, whatever the package.json beside it says: npm writes `"type": "commonjs"` there, or nothing. */
async function importModule(url: string): Promise<{ readonly default?: unknown }> {
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context)
      return specifier === url ? { ...resolved, format: "module-typescript" } : resolved
    },
  })
  try {
    return await import(url)
  } finally {
    hooks.deregister()
  }
}
