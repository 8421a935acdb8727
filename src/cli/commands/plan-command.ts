import type { Command } from "commander"
import type { Change } from "../../wire/admin.ts"
import { parseChoice, parseScale } from "../arguments.ts"
import { cliError } from "../cli-errors.ts"
import { exitCodes } from "../exit-codes.ts"
import { Output } from "../output.ts"
import { connect } from "../running-service.ts"
import { planLines, planTitle } from "../words/plan-words.ts"

export function addPlanCommand(program: Command): void {
  program
    .command("plan [change] [group=count...]")
    .description(
      "what grow, shrink, scale or apply (when none is named) would do, step by step; nothing happens",
    )
    .option("-y, --yes", "accepted everywhere; this command asks nothing")
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
  const wished = parseChange(change ?? "apply", words)
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

function parseChange(name: string, words: readonly string[]): Change {
  const type = parseChoice("plan", name, ["grow", "shrink", "scale", "apply"])
  if (type === "scale") return parseScale(words)
  if (words.length === 0) return { type }
  throw cliError("BN3203", { argument: "plan", expected: `${type} alone`, got: [type, ...words].join(" ") })
}
