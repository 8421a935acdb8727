import { fileURLToPath } from "node:url"
import { Command, CommanderError } from "commander"
import { versionOf } from "../boot/instance/app-version.ts"
import { AdminRefusal } from "../boot/service/admin-client.ts"
import { isBanyanError, messageOf } from "../kit/errors.ts"
import { cliError } from "./cli-errors.ts"
import { commandLeaves } from "./command-leaves.ts"
import { addAuditCommand } from "./commands/audit-command.ts"
import { addBackupCommand } from "./commands/backup-command.ts"
import { addCertificatesCommand } from "./commands/certificates-command.ts"
import { addChangeCommands } from "./commands/change-commands.ts"
import { addCompletionCommand } from "./commands/completion-command.ts"
import { addConfigCommand } from "./commands/config-command.ts"
import { addDoctorCommand } from "./commands/doctor-command.ts"
import { addDownCommand } from "./commands/down-command.ts"
import { addDrillCommand } from "./commands/drill-command.ts"
import { addEjectCommand } from "./commands/eject-command.ts"
import { addExplainCommand } from "./commands/explain-command.ts"
import { addHelpCommand } from "./commands/help-command.ts"
import { addInitCommand } from "./commands/init-command.ts"
import { addInstanceCommands } from "./commands/instance-commands.ts"
import { addKillCommand } from "./commands/kill-command.ts"
import { addLoadCommand } from "./commands/load-command.ts"
import { addLogsCommand } from "./commands/logs-command.ts"
import { addOpenCommand } from "./commands/open-command.ts"
import { addPlanCommand } from "./commands/plan-command.ts"
import { addRequestsCommand } from "./commands/requests-command.ts"
import { addRestoreCommand } from "./commands/restore-command.ts"
import { addSqlCommand } from "./commands/sql-command.ts"
import { addStatusCommand } from "./commands/status-command.ts"
import { addSwitchoverCommand } from "./commands/switchover-command.ts"
import { addSystemdCommand } from "./commands/systemd-command.ts"
import { addUpCommand } from "./commands/up-command.ts"
import { exampleLines } from "./examples.ts"
import { exitCodeOf, exitCodes } from "./exit-codes.ts"
import { onTalk, tolerateLostReaders } from "./output.ts"

/** The whole command line; docs/cli.md is made from it. */
export function createProgram(): Command {
  const program = new Command("banyan")
    .description("Grow a web service from one process to a balanced system and back, live.")
    .addHelpText(
      "before",
      "Try:\n  npm start                start the service\n  npx banyan grow          one rung up, live\n  npx banyan scale web=4   sideways\n  npx banyan status        what runs\n",
    )
    .version(versionOf(fileURLToPath(import.meta.url)), "-V, --version", "print the version")
    // What is wrong with the arguments is said by tell() below, with a code, as every other error.
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    // Of Tab's words the last one is empty when a new one begins.
    .hook("preAction", (_, command) => {
      if (command.name() !== "complete") refuseEmpty(command.args)
    })
  addInitCommand(program)
  addUpCommand(program)
  addStatusCommand(program)
  addChangeCommands(program)
  addSwitchoverCommand(program)
  addPlanCommand(program)
  addLogsCommand(program)
  addRequestsCommand(program)
  addAuditCommand(program)
  addKillCommand(program)
  addInstanceCommands(program)
  addSqlCommand(program)
  addBackupCommand(program)
  addRestoreCommand(program)
  addCertificatesCommand(program)
  addDoctorCommand(program)
  addConfigCommand(program)
  addExplainCommand(program)
  addOpenCommand(program)
  addCompletionCommand(program)
  addSystemdCommand(program)
  addEjectCommand(program)
  addLoadCommand(program)
  addDrillCommand(program)
  addDownCommand(program)
  addHelpCommand(program)
  for (const { command, path } of commandLeaves(program)) {
    command.addHelpText("before", [...exampleLines(path).map(line => `  ${line}`), ""].join("\n"))
  }
  return program
}

/** What a script put there was empty: nobody means an instance, a request or a statement without a letter. */
function refuseEmpty(words: readonly string[]): void {
  if (words.includes("")) throw cliError("BN3207", { reason: "an argument is empty" })
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
  if (error instanceof CommanderError) {
    // Help ends this way too, and has been said.
    if (error.exitCode === 0) return exitCodes.ok
    if (error.code === "commander.help") return exitCodes.usage
    return tell(cliError("BN3207", { reason: reasonOf(error) }), json)
  }
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

/** `error: unknown command 'stauts'\n(Did you mean status?)` -> `unknown command 'stauts' (did you mean status?)`. */
function reasonOf({ message }: CommanderError): string {
  return message.replace(/^error: /, "").replace(/\n\(Did/, " (did")
}
