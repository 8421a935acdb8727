import assert from "node:assert/strict"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { type TestContext, test } from "node:test"
import { fileURLToPath } from "node:url"
import { fieldPaths } from "../topology/config-fields.ts"
import { commandLeaves } from "./command-leaves.ts"
import { examples } from "./examples.ts"
import { createProgram } from "./program.ts"

/** The program as a process, where nothing runs: what needs a service is in test/integration. */

const docs = fileURLToPath(new URL("../../docs", import.meta.url))
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

test("--version says the version alone", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
  for (const flag of ["--version", "-V"]) assert.equal(banyan(project, flag).stdout, `${version}\n`)
})

test("a mistyped command or argument is a usage error, judged before any service is looked for", () => {
  const unknown = banyan(project, "stauts")
  assert.equal(unknown.status, 2)
  assert.match(unknown.stderr, /^BN3207 .*unknown command 'stauts' \(did you mean status\?\)\n {2}-> /)
  assert.match(banyan(project, "config", "shwo").stderr, /did you mean show\?/)
  assert.match(banyan(project, "status", "--jsno").stderr, /did you mean --json\?/)
  assert.match(banyan(project, "--versoin").stderr, /did you mean --version\?/)
  assert.match(banyan(project, "help", "stauts").stderr, /^BN3203 help: .*did you mean `status`\?/)
  assert.match(banyan(project, "plan", "gorw").stderr, /did you mean `grow`\?/)
  assert.match(banyan(project, "load", "--arrivals", "posson").stderr, /did you mean `poisson`\?/)
  assert.match(
    banyan(project, "kill", "web-1", "--signal", "SIGKIL").stderr,
    /did you mean `SIGKILL`\?\), got `SIGKIL`/,
  )
  assert.match(banyan(project, "completion", "bahs").stderr, /did you mean `bash`\?/)
  assert.match(banyan(project, "open", "statsu").stderr, /did you mean `status`\?/)
  assert.equal(banyan(project, "scale", "wbe=2").status, 2)
  assert.equal(banyan(project, "grow", "--timeout", "soon").status, 2)
  assert.equal(banyan(project, "plan", "sideways").status, 2)
  assert.match(banyan(project, "kill", "").stderr, /^BN3207 .*an argument is empty\n/)
  assert.match(banyan(project, "requests", "--status", "999").stderr, /^BN3203 --status: should be 503, 5xx/)
  assert.match(banyan(project, "freeze", "web-1", "--for", "10m").stderr, /--for: .* to 1 min 0 s, got `10m`/)
  assert.match(banyan(project, "sql", "select 1", "--timeout", "2m").stderr, /^BN3203 --timeout: .* to 1 min/)
  assert.match(banyan(project, "sql", "x".repeat(5000)).stderr, /at most 4000 letters, got `5000 letters`/)
  assert.match(banyan(project, "plan", "grow", "web=4").stderr, /^BN3203 plan: should be grow alone/)
})

const longLog = join(project, ".banyan", "logs", "web-1.log")

function writeLongLog(t: TestContext): void {
  mkdirSync(dirname(longLog), { recursive: true })
  t.after(() => rmSync(longLog))
  writeFileSync(longLog, `${"x".repeat(99)}\n`.repeat(5000))
}

test("logs of a name that nobody has is a usage error that names who there is", t => {
  writeLongLog(t)
  const { status, stderr, stdout } = banyan(project, "logs", "web-77")
  assert.deepEqual([status, stdout], [2, ""])
  assert.match(stderr, /^BN3205 there is no log of `web-77`; there are: web-1\n/)
})

test("a slow reader gets every line: more than a pipe holds", t => {
  writeLongLog(t)
  const pipeline = '"$0" "$1" logs -n 5000 | (sleep 1; wc -l)'
  const { stdout } = spawnSync("sh", ["-c", pipeline, process.execPath, main], {
    cwd: project,
    encoding: "utf8",
  })
  assert.equal(stdout.trim(), "5000")
})

test("logs --follow ends when its reader has gone", { timeout: 60_000 }, async t => {
  writeLongLog(t)
  const child = spawn(process.execPath, [main, "logs", "-n", "5000", "--follow"], {
    cwd: project,
    stdio: ["ignore", "pipe", "ignore"],
  })
  t.after(() => child.kill("SIGKILL"))
  const ended = once(child, "exit")
  await once(child.stdout, "readable")
  child.stdout.destroy()
  assert.deepEqual(await ended, [0, null])
})

test("the configuration is a module, whatever kind of package it lies in", t => {
  t.after(() => rmSync(join(project, "package.json")))
  for (const kind of [{}, { type: "commonjs" }, { type: "module" }]) {
    writeFileSync(join(project, "package.json"), JSON.stringify(kind))
    const { stdout, stderr } = banyan(below, "config", "show")
    assert.deepEqual([stderr, /^port +8080$/m.test(stdout)], ["", true], JSON.stringify(kind))
  }
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

test("--help begins with examples, everywhere, and every example is one the program understands", async () => {
  assert.match(
    banyan(project, "scale", "--help").stdout,
    /^ {2}npx banyan scale web=4 {2,}four web instances\n/,
  )
  const leaves = commandLeaves(createProgram()).map(({ path }) => path)
  assert.deepEqual(Object.keys(examples).sort(), [...leaves].sort())
  for (const [path, typed] of Object.entries(examples)) {
    assert.notEqual(typed.length, 0, path)
    for (const [words] of typed) {
      const program = createProgram()
      let ran: string | undefined
      for (const leaf of commandLeaves(program)) leaf.command.action(() => void (ran = leaf.path))
      // What a shell does with the rest of the line is not for the program.
      await program.parseAsync(words.split(/ (?:>>?|\|) /)[0]!.match(/'[^']*'|\S+/g)!, { from: "user" })
      assert.equal(ran, path, words)
    }
  }
})

test("every command takes --json and --yes, for scripts that say them to all", () => {
  for (const { command, path } of commandLeaves(createProgram())) {
    const taken = command.options.map(option => option.long)
    assert.ok(taken.includes("--json") && taken.includes("--yes"), `${path}: ${taken}`)
  }
})

test("explain: a field, a group, everything, an error; a wrong subject is told what was meant", () => {
  const field = banyan(project, "explain", "web.drainTimeoutMs")
  assert.match(field.stdout, /should be {2}a whole number from 100 to 3600000/)
  assert.match(field.stdout, /now {8}90000 \(from default\)/)
  assert.match(field.stdout, /a change {3}takes effect at the next start/)
  assert.match(banyan(project, "explain", "stage").stdout, /a change {3}live: .*npx banyan apply/)
  assert.match(banyan(project, "explain", "edge").stdout, /^edge\.retryBudget +0\.1 +restart +\S/m)
  const everything = JSON.parse(banyan(project, "explain", "--json").stdout)
  assert.deepEqual(
    everything.fields.map(({ path }: { path: string }) => path),
    fieldPaths(),
  )
  assert.match(
    banyan(folder, "explain", "port").stdout,
    /default {4}8080\nnow {8}not known: banyan\.config\.ts/,
  )

  const error = JSON.parse(banyan(folder, "explain", "bn1402", "--json").stdout)
  assert.deepEqual([error.type, error.code, error.fault], ["error", "BN1402", "user"])
  assert.match(banyan(folder, "explain", "BN1402").stdout, /^to do {2}\S/m)

  const wrong = banyan(project, "explain", "web.drainTimeout")
  assert.equal(wrong.status, 2)
  assert.match(wrong.stderr, /^BN3208 web\.drainTimeout: .*did you mean `web\.drainTimeoutMs`\?/)
  assert.match(banyan(project, "explain", "drainTimeoutMs").stderr, /did you mean `web\.drainTimeoutMs`\?/)
  assert.match(banyan(project, "explain", "BN9999").stderr, /^BN3208 BN9999: /)
  assert.equal(banyan(project, "explain", "zzzzzzzzzz").status, 2)
})

test("config schema is the document other programs read", () => {
  const schema = JSON.parse(banyan(folder, "config", "schema").stdout)
  assert.deepEqual(schema, JSON.parse(readFileSync(join(docs, "config.schema.json"), "utf8")))
})

test("--json speaks JSON of errors too; help and its exit code are for people", () => {
  assert.equal(JSON.parse(banyan(project, "down", "--json").stderr).error.code, "BN3202")
  assert.equal(JSON.parse(banyan(project, "stauts", "--json").stderr).error.code, "BN3207")
  const help = banyan(project, "help")
  assert.equal(help.status, 0)
  assert.match(help.stdout, /npx banyan grow/)
  assert.doesNotMatch(help.stdout + help.stderr, /\u001b/)
})
