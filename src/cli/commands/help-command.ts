import type { Command } from "commander"
import { parseChoice } from "../arguments.ts"

/** In the place of the library's, which shows everything when a command is mistyped. */
export function addHelpCommand(program: Command): void {
  program
    .helpCommand(false)
    .command("help [command...]")
    .description("what a command does, examples first")
    .action((words: string[]) => {
      const asked = words.reduce<Command>((above, word) => {
        const names = above.commands.map(below => below.name())
        const name = parseChoice("help", word, names)
        return above.commands.find(below => below.name() === name)!
      }, program)
      asked.outputHelp()
    })
}
