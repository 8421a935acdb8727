import type { Command } from "commander"
import type { AuditEntry } from "../../wire/admin.ts"
import { asksNothing, parseCount } from "../arguments.ts"
import { Output } from "../output.ts"
import { connect } from "../running-service.ts"
import { tableLines } from "../words/table.ts"

export function addAuditCommand(program: Command): void {
  program
    .command("audit")
    .description("who asked for what, when, and what came of it")
    .option("-n, --lines <count>", "how many, the newest last", "20")
    .option(...asksNothing)
    .option("--json", "the entries as one JSON value, newest first")
    .action(audit)
}

async function audit(options: { lines: string; json?: boolean }): Promise<void> {
  const out = new Output(options.json === true)
  const count = parseCount("--lines", options.lines, 0, 1_000_000)
  const { client } = await connect()
  const view = await client.audit()
  const entries = view.entries.slice(0, count)
  out.value({ ...view, entries })
  if (entries.length === 0) return out.say("nothing was asked for yet")
  const rows = entries.toReversed().map(rowOf)
  for (const line of tableLines(["when", "who", "asked for", "what came of it"], rows)) out.data(line)
}

function rowOf({ at, client, user, what, outcome, plan, code, reason }: AuditEntry): string[] {
  const when = new Date(at).toISOString().replace("T", " ").slice(0, 19)
  const became = {
    accepted: plan ?? "done",
    needless: "nothing to do",
    refused: `refused: ${code ?? ""} ${reason ?? ""}`,
  }
  return [when, `${user ?? "?"}, ${client}`, what, became[outcome].trim()]
}
