import { spawn } from "node:child_process"
import { dataError } from "../../data-errors.ts"

export type Command = {
  readonly argv: readonly [string, ...string[]]
  readonly uid?: number
  readonly gid?: number
  readonly input?: string
}

/** The environment of every program of Postgres: messages in English, times in UTC, nothing inherited but PATH. */
export const postgresEnvironment = {
  PATH: process.env["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C",
  TZ: "UTC",
} as const

/**
 * Runs a program to its end; resolves with its output. It and its children end with this process, where that ends in
 * order: initdb would go on writing into a folder that nobody wants any more. Throws BN2236 (disk full) or BN2238 with its
 * last words.
 */
export async function runCommand(command: Command, folder: string): Promise<string> {
  const [program, ...args] = command.argv
  const { uid, gid } = command
  const child = spawn(program, args, {
    cwd: "/",
    env: postgresEnvironment,
    stdio: ["pipe", "pipe", "pipe"],
    // A group of its own, which can be ended as a whole.
    detached: true,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  })
  let words = ""
  child.stdout.on("data", chunk => (words += chunk))
  child.stderr.on("data", chunk => (words += chunk))
  // A program that ends without reading its input says why in its exit code.
  child.stdin.on("error", () => {})
  child.stdin.end(command.input ?? "")
  const endWithUs = () => endGroup(child.pid)
  process.once("exit", endWithUs)
  const failure = await new Promise<string | undefined>(resolve => {
    child.once("error", error => resolve(error.message))
    child.once("close", (code, signal) => resolve(code === 0 ? undefined : `exit ${code ?? signal}`))
  })
  process.off("exit", endWithUs)
  if (failure === undefined) return words
  if (/no space left on device|disk quota exceeded/i.test(words)) {
    throw dataError("BN2236", { folder, reason: "no space left on the device" })
  }
  throw dataError("BN2238", { program: nameOf(command.argv), reason: lastWords(words) || failure, words })
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, "SIGKILL")
  } catch {
    // It ended by itself.
  }
}

/** The program itself, not the one that changes the user for it. */
function nameOf(argv: readonly string[]): string {
  const inner = argv.indexOf("--")
  return (argv[inner + 1] ?? argv[0] ?? "").split("/").at(-1) ?? ""
}

function lastWords(words: string): string {
  const lines = words.split("\n").map(line => line.trim())
  const telling = lines.filter(line => /error|fatal|panic|cannot|could not|denied/i.test(line))
  return (telling.at(-1) ?? lines.filter(line => line !== "").at(-1) ?? "").slice(0, 300)
}
