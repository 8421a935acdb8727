import { type Complete, RootCommand } from "@bomb.sh/tab"
import type { Command } from "commander"
import { commandLeaves } from "../command-leaves.ts"
import { type Offer, offersFor } from "./offers.ts"

/**
 * Prints what may follow on a line of words, the last one unfinished: a word, a tab and what it is on each line, then
 * the directive the shell scripts expect.
 */
export async function completeWords(program: Command, words: readonly string[]): Promise<void> {
  const leaves = commandLeaves(program)
  const offers = await offersFor(leaves.find(({ path }) => path === words[0])?.path ?? "")
  const root = new RootCommand()
  root.command("help", "what each command does")
  for (const command of program.commands) {
    if (command.commands.length > 0) root.command(command.name(), command.description())
  }
  for (const { command, path } of leaves) {
    const known = root.command(path, command.description())
    for (const option of command.options) {
      const long = option.long!.replace(/^--/, "")
      const alias = option.short?.slice(1)
      const takesValue = option.required || option.optional
      if (takesValue) known.option(long, option.description, say(offers[option.long!]), alias)
      else known.option(long, option.description, ...(alias === undefined ? [] : [alias]))
    }
    for (const argument of command.registeredArguments) {
      known.argument(argument.name(), say(offers[argument.name()]), argument.variadic)
    }
  }
  root.parse([...words])
}

function say(offered: readonly Offer[] = []): (complete: Complete) => void {
  return complete => {
    for (const [word, about] of offered) complete(word, about)
  }
}
