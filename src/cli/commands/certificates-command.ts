import type { Command } from "commander"
import { asksNothing } from "../arguments.ts"
import { Output, onData } from "../output.ts"
import { connect } from "../running-service.ts"
import { orderWords } from "../words/order-words.ts"
import { tableLines } from "../words/table.ts"

export function addCertificatesCommand(program: Command): void {
  const certificates = program.command("certificates").description("what HTTPS is served with")
  certificates
    .command("show")
    .description("the certificates that are served, and the one that is ordered by itself")
    .option(...asksNothing)
    .option("--json", "as one JSON value")
    .action(show)
  certificates
    .command("renew")
    .description("order the certificate of edge/tls/acme now, whenever the next try is due")
    .option(...asksNothing)
    .option("--json", "as one JSON value")
    .action(renew)
}

async function show(options: { json?: boolean }): Promise<void> {
  const out = new Output(options.json === true)
  const { client } = await connect()
  const { certificates = [], certificateOrder: order } = await client.state()
  out.value({ certificates, ...(order && { order }) })
  const rows = certificates.map(({ file, names, notAfterMs, problem }) => [
    file,
    names.join(", "),
    notAfterMs === 0 ? "-" : new Date(notAfterMs).toISOString().slice(0, 16).replace("T", " "),
    problem ?? "ok",
  ])
  if (rows.length > 0)
    for (const line of tableLines(["file", "names", "valid to", "state"], rows)) out.data(line)
  else out.data(onData("dim", "no certificate is served"))
  if (order !== undefined) out.data(orderWords(order, Date.now()))
}

async function renew(options: { json?: boolean }): Promise<void> {
  const out = new Output(options.json === true)
  const { client } = await connect()
  const order = await client.renewCertificate()
  out.value(order)
  out.say(orderWords(order, Date.now()))
  out.say("next: npx banyan certificates show")
}
