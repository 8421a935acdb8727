import type { Command } from "commander"
import { asksNothing } from "../arguments.ts"
import { Output } from "../output.ts"
import { connect } from "../running-service.ts"
import { stateLines } from "../words/state-words.ts"

export function addStatusCommand(program: Command): void {
  program
    .command("status")
    .description("what runs now: stage, instances, traffic, the plan on its way")
    .option(...asksNothing)
    .option("--json", "the state as one JSON value")
    .action(status)
}

async function status(options: { json?: boolean }): Promise<void> {
  const out = new Output(options.json === true)
  const { state } = await connect()
  out.value(state)
  for (const line of stateLines(state, Date.now())) out.data(line)
  if (state.trouble !== undefined) {
    const { code, message, todo } = state.trouble
    out.say(`\n${code} ${message}\n  -> ${todo}`)
  }
  if (state.plan === null && state.lastPlan?.error !== undefined) {
    const { code, message, todo } = state.lastPlan.error
    out.say(
      `\nthe last change (${state.lastPlan.trigger}) was ${state.lastPlan.state}: ${code} ${message}\n  -> ${todo}`,
    )
  }
}
