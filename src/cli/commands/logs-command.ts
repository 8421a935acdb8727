import { setTimeout as sleep } from "node:timers/promises"
import type { Command } from "commander"
import { parseCount } from "../arguments.ts"
import { cliError } from "../cli-errors.ts"
import { LogTail, listLogs } from "../log-tail.ts"
import { Output, readerIsLost } from "../output.ts"
import { enterProject } from "../running-service.ts"
import { logWords } from "../words/log-words.ts"

const lookEveryMs = 200

export function addLogsCommand(program: Command): void {
  program
    .command("logs [id]")
    .description("the logs of one instance, of the supervisor or the agent, or of all together")
    .option("-f, --follow", "go on with what comes")
    .option("-n, --lines <count>", "how many lines of each log to begin with", "20")
    .option("-y, --yes", "accepted everywhere; this command asks nothing")
    .option("--json", "lines as they were written (NDJSON)")
    .action(logs)
}

/** Reads the files: works when the service, or the control plane, is down. */
async function logs(
  id: string | undefined,
  options: { follow?: boolean; lines: string; json?: boolean },
): Promise<void> {
  enterProject()
  const out = new Output(options.json === true)
  const count = parseCount("--lines", options.lines, 0, 1_000_000)
  const known = listLogs()
  if (id !== undefined && !known.includes(id)) {
    throw cliError("BN3205", { id, known: known.join(", ") || "none" })
  }
  const tails = new Map<string, LogTail>()
  const open = (name: string, lines: number) => {
    const tail = new LogTail(name)
    tails.set(name, tail)
    return tail.last(lines)
  }
  const tell = (lines: readonly LogLine[]) => {
    for (const { id: from, line } of inOrder(lines)) {
      if (out.json) process.stdout.write(`${line}\n`)
      else out.data(logWords(from, line))
    }
  }
  tell((id === undefined ? known : [id]).flatMap(name => open(name, count)))
  while (options.follow === true && !readerIsLost()) {
    await sleep(lookEveryMs)
    if (id === undefined) for (const name of listLogs()) if (!tails.has(name)) open(name, 0)
    tell([...tails.values()].flatMap(tail => tail.fresh()))
  }
}

type LogLine = { readonly id: string; readonly line: string }

/** By time where a line says one; a line without keeps its place behind the one before it. */
function inOrder(lines: readonly LogLine[]): LogLine[] {
  const last = new Map<string, string>()
  return lines
    .map(entry => {
      const time = timeOf(entry.line) ?? last.get(entry.id) ?? ""
      last.set(entry.id, time)
      return { entry, time }
    })
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
    .map(({ entry }) => entry)
}

/** Of our lines and of Postgres' (`2026-11-20 14:56:00.462 UTC [...`), so that the texts compare as times do. */
function timeOf(line: string): string | undefined {
  const ours = /"time":"([^"]+)"/.exec(line)?.[1]
  if (ours !== undefined) return ours
  const postgres = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) UTC/.exec(line)
  return postgres === null ? undefined : `${postgres[1]}T${postgres[2]}Z`
}
