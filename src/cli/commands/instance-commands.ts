import type { Command } from "commander"
import { freezeBounds } from "../../wire/admin.ts"
import { asksNothing } from "../arguments.ts"
import { agree } from "../ask.ts"
import { formatDuration, parseDurationWithin } from "../durations.ts"
import { Output } from "../output.ts"
import { connect } from "../running-service.ts"
import { addChangeOptions, type ChangeOptions, carryOut } from "./change-commands.ts"

/** What can be done to one instance: by a plan (restart, drain), or as a fault with an end (freeze, thaw). */
export function addInstanceCommands(program: Command): void {
  const change = (type: "restart" | "drain", description: string) =>
    addChangeOptions(program.command(`${type} <id>`).description(description)).action(
      (id: string, options: ChangeOptions) => carryOut({ type, id }, options),
    )
  change("restart", "another process takes an instance's place, live; a database's its own")
  change("drain", "an instance leaves in order, and there is one fewer")
  program
    .command("freeze <id>")
    .description("make an instance stand still for a while, to see what a hang does")
    .option("--for <duration>", "how long, up to a minute", "5s")
    .option("--json", "what was done as one JSON value")
    .option("-y, --yes", "do not ask")
    .action(freeze)
  program
    .command("thaw <id>")
    .description("let an instance that was frozen go on before its time")
    .option("--json", "what was done as one JSON value")
    .option(...asksNothing)
    .action(thaw)
}

async function freeze(id: string, options: { for: string; json?: boolean; yes?: boolean }): Promise<void> {
  const out = new Output(options.json === true)
  const forMs = parseDurationWithin("--for", options.for, freezeBounds)
  const { client } = await connect()
  if (!(await agree(`Freeze ${id} for ${formatDuration(forMs)}?`, options, out))) return
  const untilMs = await client.freeze(id, forMs)
  out.value({ id, untilMs })
  out.say(`${id} stands still; it goes on after ${formatDuration(forMs)}, or with: npx banyan thaw ${id}`)
}

async function thaw(id: string, options: { json?: boolean }): Promise<void> {
  const out = new Output(options.json === true)
  const { client } = await connect()
  await client.thaw(id)
  out.value({ id })
  out.say(`${id} goes on`)
  out.say("next: npx banyan status")
}
