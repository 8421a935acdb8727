import { readFileSync } from "node:fs"
import { join, resolve } from "node:path"

const project = resolve(import.meta.dirname, "..")

export const banyanVersion = versionIn(project)

/** Of a package this project has installed. */
export function packageVersion(name: string): string {
  return versionIn(join(project, "node_modules", name))
}

function versionIn(folder: string): string {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version
}
