import type { Command } from "commander"
import { killSignals } from "../../wire/admin.ts"
import { parseSignal } from "../arguments.ts"
import { agree } from "../ask.ts"
import { Output } from "../output.ts"
import { connect } from "../running-service.ts"

export function addKillCommand(program: Command): void {
  program
    .command("kill <id>")
    .description("kill an instance to see what happens, e.g. kill web-2")
    .option("--signal <name>", `one of ${killSignals.join(", ")}`, "SIGKILL")
    .option("--json", "what was done as one JSON value")
    .option("-y, --yes", "do not ask")
    .action(kill)
}

async function kill(id: string, options: { signal: string; json?: boolean; yes?: boolean }): Promise<void> {
  const out = new Output(options.json === true)
  const signal = parseSignal(options.signal)
  const { client } = await connect()
  if (!(await agree(`Send ${signal} to ${id}?`, options, out))) return
  await client.kill(id, signal)
  out.value({ id, signal })
  out.say(`${signal} sent to ${id}`)
  out.say("next: npx banyan status")
}
