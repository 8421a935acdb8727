import type { Command } from "commander"
import { type SqlAnswer, sqlLimits } from "../../wire/admin.ts"
import { asksNothing, parseCount } from "../arguments.ts"
import { cliError } from "../cli-errors.ts"
import { formatDuration, parseDurationWithin } from "../durations.ts"
import { interruptible } from "../interruptible.ts"
import { Output, onData } from "../output.ts"
import { connect } from "../running-service.ts"
import { printable } from "../words/printable.ts"
import { tableLines } from "../words/table.ts"

type SqlOptions = { on?: string; rows: string; timeout: string; json?: boolean }

export function addSqlCommand(program: Command): void {
  program
    .command("sql <query>")
    .description("ask a database one statement that only reads, e.g. sql 'select count(*) from cafes'")
    .option("--on <database>", "an instance, `primary` or `replica`; a replica if there is one")
    .option("-n, --rows <count>", "so many at most", "100")
    .option("--timeout <duration>", "the database gives it up after this", "5s")
    .option(...asksNothing)
    .option("--json", "as one JSON value")
    .action(sql)
}

async function sql(query: string, options: SqlOptions): Promise<void> {
  const out = new Output(options.json === true)
  const mostRows = parseCount("--rows", options.rows, 1, sqlLimits.mostRows)
  const timeoutMs = parseDurationWithin("--timeout", options.timeout, {
    leastMs: 1,
    mostMs: sqlLimits.longestMs,
  })
  if (query.length > sqlLimits.longestText) {
    const expected = `a statement of at most ${sqlLimits.longestText} letters`
    throw cliError("BN3203", { argument: "sql", expected, got: `${query.length} letters` })
  }
  const { client } = await connect()
  const request = {
    sql: query,
    mostRows,
    timeoutMs,
    ...(options.on !== undefined && { instance: options.on }),
  }
  const answer = await interruptible(signal => client.sql(request, signal))
  if (answer === undefined) return
  out.value(answer)
  for (const line of answerLines(answer)) out.data(line)
  out.say(summary(answer))
}

function answerLines({ columns, rows }: SqlAnswer): string[] {
  if (columns.length === 0) return []
  const cells = rows.map(row => row.map(cell => (cell === null ? onData("dim", "null") : shown(cell))))
  return tableLines(
    columns.map(({ name }) => shown(name)),
    cells,
  )
}

function shown(text: string): string {
  return printable(text.replace(/\n/g, "\\n"))
}

function summary({ rows, cutBy, instance, role, tookMs }: SqlAnswer): string {
  const more = { rows: ", and there are more", bytes: "; the answer was longer than 1 MiB" }
  const came = `${rows.length} ${rows.length === 1 ? "row" : "rows"}${cutBy === undefined ? "" : more[cutBy]}`
  return `${came}; ${instance} (${role}), ${formatDuration(tookMs)}`
}
