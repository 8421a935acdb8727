import { readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"

/** The `version` of the package an app's module lies in; `0.0.0` when there is none. */
export function versionOf(appPath: string): string {
  for (let folder = dirname(resolve(appPath)); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
        version?: string
      }
      return version ?? "0.0.0"
    } catch {
      // No package here: look one folder up.
    }
  }
  return "0.0.0"
}
