import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { fileURLToPath } from "node:url"

/** The program as a process, where nothing runs: what needs a service is in test/integration. */

const main = fileURLToPath(new URL("./main.ts", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "banyan-program-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
const project = join(folder, "project")
const below = join(project, "below")
mkdirSync(below, { recursive: true })
writeFileSync(join(project, "banyan.config.ts"), "export default {}\n")

function banyan(cwd: string, ...args: string[]) {
  return spawnSync(process.execPath, [main, ...args], { cwd, encoding: "utf8" })
}

test("a mistyped command or argument is a usage error, judged before any service is looked for", () => {
  const unknown = banyan(project, "stauts")
  assert.equal(unknown.status, 2)
  assert.match(unknown.stderr, /Did you mean status\?/)
  assert.equal(banyan(project, "scale", "wbe=2").status, 2)
  assert.equal(banyan(project, "grow", "--timeout", "soon").status, 2)
  assert.equal(banyan(project, "plan", "sideways").status, 2)
})

test("the project is found from a folder below; outside of one the missing file is named", () => {
  const inside = banyan(below, "status")
  assert.equal(inside.status, 1)
  assert.match(
    inside.stderr,
    /^BN3202 nothing is running in .*\/project\n {2}-> Start the service: npm start/,
  )
  assert.equal(inside.stdout, "")
  assert.match(banyan(folder, "status").stderr, /^BN1001 banyan\.config\.ts: not found/)
})

test("--json speaks JSON of errors too; help and its exit code are for people", () => {
  assert.equal(JSON.parse(banyan(project, "down", "--json").stderr).error.code, "BN3202")
  const help = banyan(project, "help")
  assert.equal(help.status, 0)
  assert.match(help.stdout, /npx banyan grow/)
  assert.doesNotMatch(help.stdout + help.stderr, /\u001b/)
})
