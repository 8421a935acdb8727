import { userInfo } from "node:os"
import { resolve } from "node:path"
import type { Command } from "commander"
import { configInForce } from "../../boot/config/config-in-force.ts"
import { serviceName } from "../../boot/service/service-name.ts"
import { asksNothing } from "../arguments.ts"
import { parseDurationMs } from "../durations.ts"
import { Output } from "../output.ts"
import { enterProject } from "../running-service.ts"
import { serviceUnit } from "../systemd/service-unit.ts"
import { unitName } from "../systemd/systemd-unit.ts"

export function addSystemdCommand(program: Command): void {
  program
    .command("systemd")
    .description("a systemd unit that starts the service of this folder with the machine and keeps it up")
    .option("--drain <duration>", "how long requests and streams may finish when it is stopped", "10s")
    .option(...asksNothing)
    .option("--json", "its name and text as one JSON value")
    .action(systemd)
}

async function systemd(options: { drain: string; json?: boolean }): Promise<void> {
  const out = new Output(options.json === true)
  const drainTimeoutMs = parseDurationMs("--drain", options.drain)
  enterProject()
  const { value: config } = await configInForce()
  const { uid, username } = userInfo()
  const name = serviceName(config)
  const unit = `${unitName(name)}.service`
  const text = serviceUnit({
    name,
    projectFolder: process.cwd(),
    banyan: [process.execPath, ...process.execArgv, resolve(process.argv[1]!)],
    user: uid === 0 ? undefined : username,
    port: config.port,
    drainTimeoutMs,
  })
  out.value({ name: unit, text })
  out.data(text.trimEnd())
  out.say(
    `\nnext: npx banyan systemd | sudo tee /etc/systemd/system/${unit}; sudo systemctl enable --now ${unit}`,
  )
  out.say(`      from then on systemctl stop ends it; npx banyan down alone would be answered by a start`)
}
