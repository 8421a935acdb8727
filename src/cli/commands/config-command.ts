import type { Command } from "commander"
import { readAsked } from "../../boot/asked.ts"
import { readConfig } from "../../boot/config-file.ts"
import { isUp } from "../../boot/down.ts"
import { Output, onData } from "../output.ts"
import { enterProject } from "../running-service.ts"
import { tableLines } from "../words/table.ts"

export function addConfigCommand(program: Command): void {
  const config = program.command("config").description("the configuration in force")
  config
    .command("show")
    .description("every value in force")
    .option("--explain", "with the source of each: default, banyan.config.ts, a command, PORT, a flag")
    .option("-y, --yes", "accepted everywhere; this command asks nothing")
    .option("--json", "as one JSON value")
    .action(show)
}

/** Holds no secrets: passwords and tokens are made by Banyan and never stand in the configuration. */
async function show(options: { explain?: boolean; json?: boolean }): Promise<void> {
  enterProject()
  const out = new Output(options.json === true)
  const running = await isUp()
  const { value, sources: all } = await readConfig(running ? readAsked() : {})
  const sources = running ? asOfUp(all) : all
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

/** What runs was told by its `up`, whose flags and PORT are kept alike. */
function asOfUp(sources: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(sources).map(([path, source]) => {
      if (!source.startsWith("--")) return [path, source]
      return [path, source === "--port" ? "up, by --port or PORT" : `up, by ${source}`]
    }),
  )
}

function valueAt(value: unknown, path: string): unknown {
  return path.split("/").reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], value)
}
