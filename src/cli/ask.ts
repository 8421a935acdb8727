import { exitCodes } from "./exit-codes.ts"
import type { Output } from "./output.ts"

/** Asks before something is done. Who says no is told that `nothing` was, and the exit code says so. */
export async function agree(
  question: string,
  { yes }: { readonly yes?: boolean },
  out: Output,
  nothing = "nothing was done",
): Promise<boolean> {
  if (await confirm(question, yes === true || out.json)) return true
  out.say(nothing)
  process.exitCode = exitCodes.refused
  return false
}

/** Asks a person on a terminal; anybody else, and whoever said --yes, has decided already. */
async function confirm(question: string, yes: boolean): Promise<boolean> {
  if (yes || !process.stdin.isTTY || !process.stderr.isTTY) return true
  const prompts = await import("@clack/prompts")
  const answer = await prompts.confirm({ message: question, output: process.stderr })
  return answer === true
}

/** Words of a person on a terminal; undefined from anybody else, and when nothing was said. */
export async function askText(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined
  const prompts = await import("@clack/prompts")
  const answer = await prompts.text({ message: question, output: process.stderr })
  return typeof answer === "string" && answer.trim() !== "" ? answer.trim() : undefined
}
