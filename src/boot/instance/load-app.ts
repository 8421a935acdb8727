import { dirname, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import type { AppDefinition } from "../../app/define-app.ts"
import { messageOf } from "../../kit/errors.ts"
import { keyedRoutesSchema } from "../../wire/map.ts"
import { bootError } from "../boot-errors.ts"

/** An app with where it lies; `DB` is the app's own affair. */
export type LoadedApp = {
  readonly definition: AppDefinition<unknown>
  /** Absolute; relative paths in the definition start here. */
  readonly folder: string
}

/** Imports the app's module and checks its default export. Throws BN3101, BN3102. */
export async function loadApp(path: string): Promise<LoadedApp> {
  const file = resolve(path)
  let module: { default?: unknown }
  try {
    module = await import(pathToFileURL(file).href)
  } catch (error) {
    throw bootError("BN3101", { path, reason: messageOf(error) }, error)
  }
  const definition = module.default
  const reason = whatIsWrong(definition)
  if (reason !== undefined) throw bootError("BN3102", { path, reason })
  return { definition: definition as AppDefinition<unknown>, folder: dirname(file) }
}

function whatIsWrong(definition: unknown): string | undefined {
  if (typeof definition !== "object" || definition === null) return "there is none"
  const { name, web, keyedRoutes } = definition as Partial<AppDefinition<unknown>>
  if (typeof name !== "string" || name === "") return "`name` is missing"
  if (typeof web !== "function") return "`web` is not a function of services"
  if (keyedRoutes !== undefined && !keyedRoutesSchema.safeParse(keyedRoutes).success) {
    const given = JSON.stringify(keyedRoutes)
    return `\`keyedRoutes\` should list routes like "POST /orders" or "PATCH /orders/*", got ${given}`
  }
  return undefined
}
