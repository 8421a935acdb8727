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

/** Runs a program to its end; resolves with its output. Throws BN2236 (disk full) or BN2238 with its last words. */
export async function runCommand(command: Command, folder: string): Promise<string> {
  const [program, ...args] = command.argv
  const { uid, gid } = command
  const child = spawn(program, args, {
    cwd: "/",
    env: postgresEnvironment,
    stdio: ["pipe", "pipe", "pipe"],
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  })
  let words = ""
  child.stdout.on("data", chunk => (words += chunk))
  child.stderr.on("data", chunk => (words += chunk))
  // A program that ends without reading its input says why in its exit code.
  child.stdin.on("error", () => {})
  child.stdin.end(command.input ?? "")
  const failure = await new Promise<string | undefined>(resolve => {
    child.once("error", error => resolve(error.message))
    child.once("close", (code, signal) => resolve(code === 0 ? undefined : `exit ${code ?? signal}`))
  })
  if (failure === undefined) return words
  if (/no space left on device|disk quota exceeded/i.test(words)) {
    throw dataError("BN2236", { folder, reason: "no space left on the device" })
  }
  throw dataError("BN2238", { program: nameOf(command.argv), reason: lastWords(words) || failure, words })
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
