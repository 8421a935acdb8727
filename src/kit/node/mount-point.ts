import { lstatSync, readFileSync, realpathSync, statSync } from "node:fs"
import { basename, dirname, join } from "node:path"

/** Whether something is mounted at this very name, a file system or another folder: such a folder cannot be renamed. */
export function isMountPoint(folder: string): boolean {
  const entry = lstatSync(folder, { throwIfNoEntry: false })
  if (entry === undefined) return false
  const place = join(realpathSync(dirname(folder)), basename(folder))
  // A folder mounted from the same file system has its parent's device number.
  return mountedPlaces()?.includes(place) ?? entry.dev !== statSync(dirname(folder)).dev
}

/** The fifth field of each line, in which blanks and backslashes are octal (proc(5)); undefined where nothing tells. */
function mountedPlaces(): string[] | undefined {
  try {
    const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n")
    return lines.map(line => unescaped(line.split(" ")[4] ?? ""))
  } catch {
    return undefined
  }
}

function unescaped(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)))
}
