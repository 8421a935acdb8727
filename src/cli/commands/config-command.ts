import type { Command } from "commander"
import { configInForce, valueAt } from "../../boot/config/config-in-force.ts"
import { configJsonSchema } from "../../topology/config-json-schema.ts"
import { asksNothing } from "../arguments.ts"
import { Output, onData } from "../output.ts"
import { enterProject } from "../running-service.ts"
import { tableLines } from "../words/table.ts"

export function addConfigCommand(program: Command): void {
  const config = program.command("config").description("the configuration in force")
  config
    .command("show")
    .description("every value in force")
    .option("--explain", "with the source of each: default, banyan.config.ts, a command, PORT, a flag")
    .option(...asksNothing)
    .option("--json", "as one JSON value")
    .action(show)
  config
    .command("schema")
    .description("the JSON Schema of the configuration, for programs that write or check one")
    .option(...asksNothing)
    .option("--json", "accepted everywhere; it is JSON anyway")
    .action(schema)
}

async function show(options: { explain?: boolean; json?: boolean }): Promise<void> {
  enterProject()
  const out = new Output(options.json === true)
  const { value, sources } = await configInForce()
  out.value(options.explain === true ? { value, sources } : value)
  const rows = Object.entries(sources).map(([path, source]) => {
    const shown = JSON.stringify(valueAt(value, path)) ?? onData("dim", "-")
    return options.explain === true ? [path, shown, source] : [path, shown]
  })
  for (const line of tableLines(
    options.explain === true ? ["field", "value", "from"] : ["field", "value"],
    rows,
  )) {
    out.data(line)
  }
}

function schema(): void {
  process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`)
}
