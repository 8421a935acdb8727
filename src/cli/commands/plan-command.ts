import type { Command } from "commander"
import type { Preview } from "../../wire/admin.ts"
import { asksNothing, parseChoice, parseScale } from "../arguments.ts"
import { cliError } from "../cli-errors.ts"
import { exitCodes } from "../exit-codes.ts"
import { Output } from "../output.ts"
import { connect } from "../running-service.ts"
import { planLines, planTitle } from "../words/plan-words.ts"

/** What a plan can be shown of. */
export const previews = [
  "grow",
  "shrink",
  "scale",
  "apply",
  "switchover",
  "restart",
  "drain",
  "kill",
] as const satisfies readonly Preview["type"][]

export function addPlanCommand(program: Command): void {
  program
    .command("plan [change] [word...]")
    .description(
      "what grow, shrink, scale, restart, a kill ... or apply (when none is named) would do, step by step; nothing happens",
    )
    .option(...asksNothing)
    .option("--json", "the plan as one JSON value")
    .option("--exit-code", "exit with 2 when there would be changes")
    .action(plan)
}

async function plan(
  change: string | undefined,
  words: string[],
  options: { json?: boolean; exitCode?: boolean },
): Promise<void> {
  const out = new Output(options.json === true)
  const wished = parsePreview(change ?? "apply", words)
  const { client } = await connect()
  const proposed = await client.preview(wished)
  out.value(proposed)
  if (proposed.phases.flat().length === 0) {
    out.data(`nothing to do: stage ${proposed.to} is what runs`)
    return
  }
  for (const line of [planTitle(proposed), ...planLines(proposed)]) out.data(line)
  out.say(`next: npx banyan ${[change ?? "apply", ...words].join(" ")}`)
  if (options.exitCode === true) process.exitCode = exitCodes.changes
}

function parsePreview(name: string, words: readonly string[]): Preview {
  const type = parseChoice("plan", name, previews)
  const [id, ...rest] = words
  if (type === "scale") return parseScale(words)
  const refuse = (expected: string) =>
    cliError("BN3203", { argument: "plan", expected, got: [type, ...words].join(" ") })
  if (type === "switchover" && rest.length === 0) return { type, ...(id !== undefined && { to: id }) }
  if (type === "restart" || type === "drain" || type === "kill") {
    if (id === undefined || rest.length > 0) throw refuse(`${type} and one instance, such as web-2`)
    return { type, id }
  }
  if (words.length > 0 || type === "switchover") throw refuse(`${type} alone`)
  return { type }
}
