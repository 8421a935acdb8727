import type { Command } from "commander"
import { endNow, isUp } from "../../boot/service/down.ts"
import { agree } from "../ask.ts"
import { cliError } from "../cli-errors.ts"
import { parseDurationMs } from "../durations.ts"
import { Output } from "../output.ts"
import { connect, enterProject } from "../running-service.ts"
import { takeDown } from "../take-down.ts"

type DownOptions = { now?: boolean; drain: string; timeout: string; json?: boolean; yes?: boolean }

export function addDownCommand(program: Command): void {
  program
    .command("down")
    .description("take the service down in order: the front door first, the database last")
    .option("--now", "end everything at once; the database still closes cleanly")
    .option("--drain <duration>", "how long requests and streams may finish", "10s")
    .option("--timeout <duration>", "how long to wait for the end", "5m")
    .option("--json", "events as NDJSON")
    .option("-y, --yes", "do not ask")
    .action(down)
}

async function down(options: DownOptions): Promise<void> {
  const out = new Output(options.json === true)
  const drainTimeoutMs = parseDurationMs("--drain", options.drain)
  const timeoutMs = parseDurationMs("--timeout", options.timeout)
  if (options.now === true) return downNow(out, options)
  const { client, state } = await connect()
  if (!(await agree(`Take ${state.service.name} down?`, options, out))) return
  await takeDown(client, { drainTimeoutMs, timeoutMs, out })
}

/** Needs no control plane: the agent alone ends everything. */
async function downNow(out: Output, options: DownOptions): Promise<void> {
  enterProject()
  if (!(await isUp())) throw cliError("BN3202", { folder: process.cwd() })
  if (!(await agree("Take the service down?", options, out))) return
  await endNow()
  out.value({ down: true })
  out.say("everything has ended")
}
