import { readFileSync, rmSync, statfsSync } from "node:fs"
import { join } from "node:path"
import { withLock } from "./lock.mjs"
import { npm } from "./npm.mjs"
import { fileProblem, problem, say } from "./problem.mjs"

/** Less than this left after an install: it cannot be trusted, and nothing could be started in it. */
const leastFreeBytes = 20 * 1024 * 1024

/** Runs `npm ci` when what is installed is not what package-lock.json says. */
export async function ensureDependencies(root, node) {
  if (!isInstalled(root)) {
    await withLock(join(root, ".banyan", "boot.lock"), async () => {
      if (isInstalled(root)) return
      say("installing dependencies (npm ci; once, about a minute)")
      const args = ["ci", "--ignore-scripts", "--include=dev", "--include=optional", "--prefer-offline"]
      await npm(args, { cwd: root, node, what: "installing dependencies" })
      checkRoom(root)
      say("dependencies are in place")
    })
  }
}

/** On a full disk npm may end well and leave half-written files: then the install does not count. */
function checkRoom(root) {
  const { bavail, bsize } = statfsSync(root)
  if (bavail * bsize >= leastFreeBytes) return
  rmSync(installedLock(root), { force: true })
  throw fileProblem(root, { code: "ENOSPC" })
}

/**
 * npm writes node_modules/.package-lock.json as the last act of an install and removes it as the first, so its content
 * is what is really there. Optional packages may be absent (other platforms).
 */
function isInstalled(root) {
  const wanted = readLock(join(root, "package-lock.json"))
  if (wanted === undefined) {
    throw problem(
      `${root}: package-lock.json is missing or unreadable`,
      "Restore it: git checkout package-lock.json",
    )
  }
  const there = readLock(installedLock(root))
  if (there === undefined) return false
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "" || entry.optional || entry.devOptional || entry.peer) return true
    const found = there[path]
    return found !== undefined && found.version === entry.version && found.integrity === entry.integrity
  })
}

function installedLock(root) {
  return join(root, "node_modules", ".package-lock.json")
}

function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages
  } catch {
    return undefined
  }
}
