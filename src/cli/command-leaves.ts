import type { Command } from "commander"

export type Leaf = { readonly command: Command; readonly path: string }

/** Commands that do something, with the words that lead to them (`config show`), as the program lists them. */
export function commandLeaves(command: Command, above: readonly string[] = []): Leaf[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter(below => below.name() !== "help")
    .flatMap(below => {
      const path = [...above, below.name()]
      return below.commands.length === 0
        ? [{ command: below, path: path.join(" ") }]
        : commandLeaves(below, path)
    })
}
