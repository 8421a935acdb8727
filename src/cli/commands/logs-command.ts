import type { Command } from "commander"
import { commandBounds } from "../../boot/logs/log-bounds.ts"
import { listLogs, readLogs } from "../../boot/logs/read-logs.ts"
import { jsonLine, levelFamilies } from "../../wire/log-line.ts"
import { asksNothing, parseChoice, parseCount } from "../arguments.ts"
import { cliError } from "../cli-errors.ts"
import { Output, readerIsLost } from "../output.ts"
import { enterProject } from "../running-service.ts"
import { logWords } from "../words/log-words.ts"

export function addLogsCommand(program: Command): void {
  program
    .command("logs [id]")
    .description("the logs of one instance, of the supervisor or the agent, or of all together")
    .option("-f, --follow", "go on with what comes")
    .option("-n, --lines <count>", "how many lines of each log to begin with", "20")
    .option("--level <levels>", "lines of these alone: error, warn, info, debug; several with commas")
    .option("--request <id>", "lines that name this request, or this trace")
    .option("--search <text>", "lines with this in them, upper or lower case")
    .option(...asksNothing)
    .option("--json", "lines as they were written; those that are no JSON, as one (NDJSON)")
    .action(logs)
}

type Options = {
  follow?: boolean
  lines: string
  level?: string
  request?: string
  search?: string
  json?: boolean
}

/** Reads the files: works when the service, or the control plane, is down. */
async function logs(id: string | undefined, options: Options): Promise<void> {
  enterProject()
  const out = new Output(options.json === true)
  const { request, search, follow = false } = options
  const level = options.level?.split(",").map(word => parseChoice("--level", word, levelFamilies))
  const known = await listLogs()
  if (id !== undefined && !known.includes(id)) {
    throw cliError("BN3205", { id, known: known.join(", ") || "none" })
  }
  const batches = readLogs({
    filter: { of: id === undefined ? undefined : [id], level, request, q: search },
    lines: parseCount("--lines", options.lines, 0, 1_000_000),
    ofEach: true,
    follow,
    bounds: commandBounds,
    signal: readerIsLost,
  })
  for await (const { lines } of batches) {
    for (const entry of lines) {
      if (out.json) process.stdout.write(`${jsonLine(entry.id, entry.line)}\n`)
      else out.data(logWords(entry))
    }
  }
}
