import { accessSync, constants, statSync } from "node:fs"
import { delimiter, resolve } from "node:path"

/**
 * Where a program lies, as execvp(3) finds it: a name is looked up in the folders of `path` (PATH), anything with a slash
 * begins at `folder`. Absolute; undefined when there is none that this user may run.
 */
export function programPath(program: string, folder: string, path: string): string | undefined {
  const places = program.includes("/") ? [""] : path.split(delimiter)
  return places.map(place => resolve(folder, place, program)).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
