import type { Command } from "commander"
import { askedStatus } from "../../wire/admin.ts"
import { asksNothing, parseCount } from "../arguments.ts"
import { cliError } from "../cli-errors.ts"
import { Output } from "../output.ts"
import { connect } from "../running-service.ts"
import { requestLines, requestsLines } from "../words/request-words.ts"

type Options = { slow?: boolean; failed?: boolean; status?: string; lines: string; json?: boolean }

export function addRequestsCommand(program: Command): void {
  program
    .command("requests [id]")
    .description("the slowest and the failed requests of the last five minutes, or one with its steps")
    .option("--slow", "only those kept for their time")
    .option("--failed", "only those that failed")
    .option("--status <status>", "only those answered so: 503, 5xx; 0 is none")
    .option("-n, --lines <count>", "how many, the slowest first", "20")
    .option(...asksNothing)
    .option("--json", "what the admin API tells, as one JSON value")
    .action(requests)
}

async function requests(id: string | undefined, options: Options): Promise<void> {
  const { slow = false, failed = false, status, lines, json = false } = options
  const out = new Output(json)
  const limit = parseCount("--lines", lines, 1, 500)
  if (slow && failed) throw cliError("BN3207", { reason: "--slow and --failed leave nothing together" })
  if (status !== undefined && !askedStatus.pattern.test(status))
    throw cliError("BN3203", { argument: "--status", expected: askedStatus.words, got: status })
  const { client } = await connect()
  if (id !== undefined) {
    const request = await client.request(id)
    out.value(request)
    for (const line of requestLines(request, process.stdout.columns ?? 100)) out.data(line)
    return
  }
  const kept = slow ? "slow" : failed ? "failed" : undefined
  const view = await client.requests({ limit, ...(kept && { kept }), ...(status && { status }) })
  out.value(view)
  if (view.requests.length === 0) out.say("nothing like that was kept in the last five minutes")
  else for (const line of requestsLines(view)) out.data(line)
  if (view.silent.length > 0) out.say(`did not answer: ${view.silent.join(", ")}`)
}
