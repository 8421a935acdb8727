import { resolve } from "node:path"
import type { Command } from "commander"
import { asksNothing, parseChoice } from "../arguments.ts"
import { shells } from "../completion/offers.ts"

export function addCompletionCommand(program: Command): void {
  program
    .command("completion <shell>")
    .description(
      "a script for bash, zsh, fish or powershell that completes commands, options and values at Tab",
    )
    .option(...asksNothing)
    .option("--json", "accepted everywhere; a shell reads the script as it is")
    .action(completion)
  // What those scripts call at each Tab: `complete -- kill web-`.
  program.command("complete [words...]", { hidden: true }).action(async (words: string[]) => {
    const { completeWords } = await import("../completion/complete-words.ts")
    await completeWords(program, words)
  })
}

async function completion(wanted: string): Promise<void> {
  const shell = parseChoice("completion", wanted, shells)
  const { printShellScript } = await import("../completion/shell-script.ts")
  // This very Node and program, not the boot script before them: a Tab should not wait.
  printShellScript(shell, [process.execPath, resolve(process.argv[1]!)])
}
