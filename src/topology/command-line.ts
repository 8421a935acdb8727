import { type ParseEntry, parse } from "shell-quote"

/** A program of the user's own: a line as a shell would read it, or its words as they are. */
export type CommandLine = string | readonly string[]

/**
 * The words of a command. In a line quotes hold words together and `$NAME` stands for a variable of `env`, as in a
 * shell; but there is no shell, so that a signal reaches the program itself. Words in a list are taken as they are.
 */
export function wordsOfCommand(
  command: CommandLine,
  env: Readonly<Record<string, string>>,
): [string, ...string[]] {
  const words = typeof command === "string" ? parse(command, { ...env }).map(textOf) : command
  return words as readonly string[] as [string, ...string[]]
}

/** What keeps a command from being run, in words that complete "should be ..., but"; undefined when nothing does. */
export function problemOfCommand(command: CommandLine): string | undefined {
  const entries = typeof command === "string" ? parse(command) : command
  if (entries.length === 0 || entries[0] === "") return "it names no program"
  const foreign = entries.find(entry => typeof entry !== "string")
  return foreign === undefined ? undefined : `\`${textOf(foreign)}\` needs one`
}

function textOf(entry: ParseEntry): string {
  if (typeof entry === "string") return entry
  if ("comment" in entry) return `#${entry.comment}`
  return entry.op === "glob" ? entry.pattern : entry.op
}
