/**
 * What runs before Banyan can: plain JavaScript that Node 18 parses, without a dependency.
 *
 * It finds a Node that is new enough (fetching the pinned one when the host's is too old), installs the dependencies
 * when package-lock.json says otherwise than node_modules, and then runs the program that was asked for. A warm start
 * reads two JSON files and goes on; nothing here needs the network after the first start.
 */
import { spawn } from "node:child_process"
import { chmodSync, mkdirSync, statSync } from "node:fs"
import { constants } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { ensureDependencies } from "./boot/dependencies.mjs"
import { fileProblem, Problem } from "./boot/problem.mjs"
import { findNode } from "./boot/runtime.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Runs `entry` (a path inside the checkout) with a Node that can; ends this process with its exit code or signal. */
export async function boot(entry, args) {
  try {
    makePrivateFolder(join(root, ".banyan"))
    const node = await findNode(root)
    await ensureDependencies(root, node)
    const program = join(root, entry)
    if (node === process.execPath && stripsQuietly(process.versions.node)) await runHere(program, args)
    else runThere(node, program, args)
  } catch (error) {
    stop(error)
  }
}

/** Says what went wrong and ends with 1. */
export function stop(error) {
  if (!(error instanceof Problem)) throw error
  process.stderr.write(`BN3201 ${error.message}\n  -> ${error.todo}\n`)
  process.exitCode = 1
}

/** Everything Banyan writes lies under .banyan, secrets included: for its owner only. */
function makePrivateFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if ((statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700)
  } catch (error) {
    throw fileProblem(folder, error)
  }
}

/** Compiled code is kept between starts: a third off the start of the command line. */
function environment(node) {
  return {
    ...process.env,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, ".banyan", "cache", "compile"),
    PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}`,
  }
}

/** Before 24.12 native TypeScript works but warns on stderr, which only a flag at start silences. */
function stripsQuietly(version) {
  const [major, minor] = version.split(".").map(Number)
  return major > 24 || (major === 24 && minor >= 12)
}

async function runHere(program, args) {
  const { NODE_COMPILE_CACHE } = Object.assign(process.env, environment(process.execPath))
  const { enableCompileCache } = await import("node:module")
  enableCompileCache?.(NODE_COMPILE_CACHE)
  process.argv = [process.execPath, program, ...args]
  await import(pathToFileURL(program).href)
}

/** The channel tells the program when this wrapper is killed, and nothing else. */
function runThere(node, program, args) {
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", program, ...args], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: environment(node),
  })
  // The terminal sends Ctrl-C to everyone in the foreground; the program decides what it means, we only wait.
  process.on("SIGINT", () => {})
  let terminalIsGone = false
  process.on("SIGTERM", () => child.kill("SIGTERM"))
  process.on("SIGHUP", () => {
    terminalIsGone = true
    child.kill("SIGHUP")
  })
  child.on("error", error => stop(fileProblem(node, error)))
  child.on("exit", (code, signal) => {
    // Node 20 crashes when it exits in an orderly way without its terminal.
    if (terminalIsGone) endBy("SIGHUP")
    else if (signal === null) process.exit(code)
    // End the way the program ended, so that whoever waits for us sees the same.
    else endBy(signal)
  })
}

function endBy(signal) {
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
  setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 100)
}
