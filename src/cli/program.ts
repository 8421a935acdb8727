import { Command, CommanderError } from "commander"
import { AdminRefusal } from "../boot/admin-client.ts"
import { isBanyanError, messageOf } from "../kit/errors.ts"
import { addChangeCommands } from "./commands/change-commands.ts"
import { addConfigCommand } from "./commands/config-command.ts"
import { addDoctorCommand } from "./commands/doctor-command.ts"
import { addDownCommand } from "./commands/down-command.ts"
import { addDrillCommand } from "./commands/drill-command.ts"
import { addKillCommand } from "./commands/kill-command.ts"
import { addLoadCommand } from "./commands/load-command.ts"
import { addLogsCommand } from "./commands/logs-command.ts"
import { addPlanCommand } from "./commands/plan-command.ts"
import { addStatusCommand } from "./commands/status-command.ts"
import { addUpCommand } from "./commands/up-command.ts"
import { exitCodes } from "./exit-codes.ts"
import { onTalk, tolerateLostReaders } from "./output.ts"

/** The whole command line; docs/cli.md is made from it. */
export function createProgram(): Command {
  const program = new Command("banyan")
    .description("Grow a web service from one process to a balanced system and back, live.")
    .addHelpText(
      "before",
      "Try:\n  npm start                start the service\n  npx banyan grow          one rung up, live\n  npx banyan scale web=4   sideways\n  npx banyan status        what runs\n",
    )
    .showHelpAfterError("(npx banyan help shows every command)")
    .exitOverride()
  addUpCommand(program)
  addStatusCommand(program)
  addChangeCommands(program)
  addPlanCommand(program)
  addLogsCommand(program)
  addKillCommand(program)
  addDoctorCommand(program)
  addConfigCommand(program)
  addLoadCommand(program)
  addDrillCommand(program)
  addDownCommand(program)
  return program
}

/** Runs one command; resolves with the exit code. Everything that is thrown becomes words here. */
export async function run(args: readonly string[]): Promise<number> {
  tolerateLostReaders()
  try {
    await createProgram().parseAsync([...args], { from: "user" })
    return Number(process.exitCode ?? exitCodes.ok)
  } catch (error) {
    return tell(error, args.includes("--json"))
  }
}

function tell(error: unknown, json: boolean): number {
  // Help and version end this way too; commander has said its words already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  if (isBanyanError(error) || error instanceof AdminRefusal) {
    const { code, message, todo } = error
    if (json) process.stderr.write(`${JSON.stringify({ error: { code, message, todo } })}\n`)
    else process.stderr.write(`${onTalk("red", code)} ${message}\n  ${onTalk("dim", "->")} ${todo}\n`)
    return exitCodeOf(error)
  }
  process.stderr.write(`${onTalk("red", "failed")} ${messageOf(error)}\n`)
  if (error instanceof Error && process.env["BANYAN_DEBUG"] !== undefined)
    process.stderr.write(`${error.stack}\n`)
  else
    process.stderr.write(`  ${onTalk("dim", "->")} This is a fault of Banyan. BANYAN_DEBUG=1 shows where.\n`)
  return exitCodes.failed
}

/** What a person typed was wrong: a bad argument, flag or PORT, an unknown drill. */
const usageErrors = new Set(["BN3203", "BN1004", "BN3003"])

function exitCodeOf(error: { code: string; fault?: string; status?: number }): number {
  if (usageErrors.has(error.code)) return exitCodes.usage
  if (error.code === "BN3204") return exitCodes.timedOut
  if (error.status === undefined) return exitCodes.failed
  if (error.status === 409) return exitCodes.refused
  return error.status >= 400 && error.status < 500 ? exitCodes.usage : exitCodes.failed
}
