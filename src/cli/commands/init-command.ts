import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, resolve } from "node:path"
import type { Command } from "commander"
import { messageOf } from "../../kit/errors.ts"
import { problemOfCommand } from "../../topology/command-line.ts"
import { configFileName } from "../../topology/config-problems.ts"
import { agree, askText } from "../ask.ts"
import { cliError } from "../cli-errors.ts"
import { configText, withIgnored } from "../init/config-text.ts"
import { type FoundProgram, findProgram } from "../init/find-program.ts"
import { Output } from "../output.ts"

type InitOptions = { command?: string; force?: boolean; yes?: boolean; json?: boolean }

export function addInitCommand(program: Command): void {
  program
    .command("init")
    .description("write a banyan.config.ts for the program in this folder, which needs no change")
    .option("--command <line>", "how it is started; found by itself when left out")
    .option("--force", "write over a banyan.config.ts that is there")
    .option("-y, --yes", "do not ask")
    .option("--json", "what was found and written as one JSON value")
    .action(init)
}

async function init(options: InitOptions): Promise<void> {
  const out = new Output(options.json === true)
  const folder = process.cwd()
  if (existsSync(configFileName) && options.force !== true)
    throw cliError("BN3209", { folder: resolve(configFileName) })
  const found = await programFor(options, folder)
  out.say(`found ${foundWords(found)}`)
  if (found.silentAboutPort !== undefined)
    out.say(`  ${found.silentAboutPort} does not name PORT: it must listen on the port in that variable`)
  if (!(await agree(`Write ${configFileName}?`, options, out, "nothing was written"))) return
  const written = write(folder, found)
  out.value({ ...found, written })
  for (const path of written) out.data(path)
  out.say("\nnext: npx banyan up")
}

/** What --command says, what is found, or what a person on a terminal says. Throws BN3203, BN3211. */
async function programFor({ command, json }: InitOptions, folder: string): Promise<FoundProgram> {
  const given = command ?? undefined
  if (given === undefined) {
    const found = findProgram({ read: readIfThere })
    if (found !== undefined) return found
  }
  const line =
    given ?? (json === true ? undefined : await askText("How is the program started? It listens on $PORT."))
  if (line === undefined) throw cliError("BN3211", { folder })
  const problem = problemOfCommand(line)
  if (problem === undefined) return { command: line, from: "what was said" }
  throw cliError("BN3203", {
    argument: "--command",
    expected: `a command that needs no shell (${problem})`,
    got: line,
  })
}

function foundWords({ command, from, framework }: FoundProgram): string {
  const line = typeof command === "string" ? command : command.join(" ")
  return `\`${line}\` (${from}${framework === undefined ? "" : `, ${framework}`})`
}

/** Throws BN3210. */
function write(folder: string, { command }: FoundProgram): string[] {
  const ignored = withIgnored(readIfThere(".gitignore") ?? "")
  const written = [
    [configFileName, configText(basename(folder).slice(0, 64) || "service", command, findsBanyan(folder))],
    ...(ignored === undefined ? [] : [[".gitignore", ignored]]),
  ] as const
  try {
    for (const [path, text] of written) writeFileSync(path!, text!)
  } catch (error) {
    throw cliError("BN3210", { folder, reason: messageOf(error) }, error)
  }
  return written.map(([path]) => path!)
}

function findsBanyan(folder: string): boolean {
  try {
    createRequire(resolve(folder, configFileName)).resolve("banyan/config")
    return true
  } catch {
    return false
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}
