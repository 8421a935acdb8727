import { spawn } from "node:child_process"
import { delimiter, dirname } from "node:path"
import { problem, say } from "./problem.mjs"

const stillMs = 15_000
/** npm says the cause first and where its log is last; between them stands its usage. */
const keptLines = { first: 10, last: 1 }

/** Runs npm with `node` first on PATH; its own chatter is shown only when it fails. Rejects with a Problem. */
export function npm(args, { cwd, node, what }) {
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}` }
  const startedMs = Date.now()
  const child = spawn(
    "npm",
    [...args, "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"],
    {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    },
  )
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", text => {
      output = (output + text).slice(0, 20_000)
    })
  }
  const seconds = () => Math.round((Date.now() - startedMs) / 1000)
  const still = setInterval(() => say(`${what}: still at it, ${seconds()} s`), stillMs)
  return new Promise((resolve, reject) => {
    child.once("error", error => reject(npmMissing(error)))
    child.once("close", (code, signal) => {
      if (code === 0) resolve()
      else reject(npmFailed(what, code ?? signal, output))
    })
  }).finally(() => clearInterval(still))
}

function npmMissing(error) {
  return problem(
    `npm could not be started: ${error.message}`,
    "Install npm (it comes with Node.js) so that `npm --version` answers, then try again.",
    error,
  )
}

function npmFailed(what, outcome, output) {
  const lines = output.split("\n").filter(line => line.replace("npm error", "").trim() !== "")
  const { first, last } = keptLines
  const kept = lines.length > first + last ? [...lines.slice(0, first), ...lines.slice(-last)] : lines
  return problem(
    [`${what} failed (npm: ${outcome})`, ...kept.map(line => `  ${line}`)].join("\n"),
    todoFor(output),
  )
}

function todoFor(output) {
  if (/ENOSPC|EDQUOT/.test(output))
    return "The disk is full: free some space (a first start needs about 600 MB) and try again."
  if (/EACCES|EPERM|EROFS/.test(output)) {
    return "Something npm must write belongs to another user or is read-only: the checkout, or npm's cache (`npm config get cache`)."
  }
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EIDLETIMEOUT|network/i.test(output)
  ) {
    return "The package registry was not reached. Only the first start needs the network; check it (and `npm config get registry`, proxy), then try again."
  }
  return "See npm's words above; nothing half-done is left behind, the command can be repeated."
}
