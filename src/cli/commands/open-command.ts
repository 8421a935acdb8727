import { chmodSync, writeFileSync } from "node:fs"
import { resolve } from "node:path"
import type { Command } from "commander"
import { paths } from "../../boot/project-paths.ts"
import { asksNothing, parseChoice } from "../arguments.ts"
import { openerFor, openInBrowser } from "../browser.ts"
import { Output } from "../output.ts"
import { connect } from "../running-service.ts"

export function addOpenCommand(program: Command): void {
  program
    .command("open [page]")
    .description("the service (app, when nothing is named) or the console in a browser; prints the address")
    .option(...asksNothing)
    .option("--json", "the address as one JSON value; nothing is opened")
    .action(open)
}

async function open(page: string | undefined, options: { json?: boolean }): Promise<void> {
  const out = new Output(options.json === true)
  // `status`: what the console's address was called before.
  const wanted = parseChoice("open", page ?? "app", ["app", "console", "status"])
  const { client, state } = await connect()
  const { url, token } = client.access
  const address = wanted === "app" ? state.service.url : `${url}/#token=${token}`
  out.value({ page: wanted, url: address })
  out.data(address)
  if (out.json) return
  const target = wanted === "app" ? address : redirectTo(address)
  const hindrance = await openInBrowser(target, openerFor(process.platform, process.env))
  if (hindrance !== undefined) out.say(`not opened: ${hindrance}`)
}

/** A page that leads there, for its owner only: arguments of a process can be read by everybody on the machine. */
function redirectTo(address: string): string {
  const file = resolve(paths.run, "open-status.html")
  writeFileSync(file, `<!doctype html><script>location.replace(${JSON.stringify(address)})</script>\n`, {
    mode: 0o600,
  })
  chmodSync(file, 0o600)
  return file
}
