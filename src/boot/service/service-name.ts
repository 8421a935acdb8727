import { basename, dirname, resolve } from "node:path"
import type { Config } from "../../topology/config.ts"

/** What the service of this folder (the working directory) is called: as said, or like the folder of what serves. */
export function serviceName({ name, app, web }: Pick<Config, "name" | "app" | "web">): string {
  const folder = web.command === undefined ? dirname(resolve(app)) : process.cwd()
  return name ?? (basename(folder) || "service")
}
