import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { test } from "node:test"
import { fileURLToPath } from "node:url"

/** The scripts, read by the shells themselves; instance ids of a running service are in test/integration. */

const main = fileURLToPath(new URL("../main.ts", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "banyan-completion-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))

/** A shell that has gone wrong waits for more input. */
const timeoutMs = 60_000

/** As in a user's shell: `npm test` puts the project's own programs on the path, among them `banyan`. */
const PATH = (process.env["PATH"] ?? "")
  .split(delimiter)
  .filter(folder => !folder.endsWith("node_modules/.bin"))
  .join(delimiter)

function run(program: string, ...args: string[]) {
  const env = { ...process.env, PATH }
  return spawnSync(program, args, { cwd: folder, encoding: "utf8", timeout: timeoutMs, env })
}

function scriptFor(shell: string): string {
  const { stdout, stderr, status } = run(process.execPath, main, "completion", shell)
  assert.deepEqual([status, stderr], [0, ""])
  const file = join(folder, `banyan.${shell}`)
  writeFileSync(file, stdout)
  return file
}

function missing(shell: string): false | string {
  return run(shell, "--version").error === undefined ? false : `${shell} is not installed`
}

const lines: Readonly<Record<string, readonly string[]>> = {
  "banyan sta": ["status"],
  "banyan config ": ["show", "schema"],
  "banyan kill --signal SIGKI": ["SIGKILL"],
  "banyan explain web.drain": ["web.drainTimeoutMs"],
  "banyan drill clim": ["climb"],
  "banyan scale we": ["web=1", "web=2", "web=3", "web=4", "web=6", "web=8"],
  "banyan status --js": ["--json"],
}

/** Where readline has taken what stands before the = for a word of its own. */
const bashLines = { ...lines, "banyan scale web=": ["1", "2", "3", "4", "6", "8"] }

test("bash", { skip: missing("bash") }, () => {
  const file = scriptFor("bash")
  const ask = (line: string) => `COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}; COMPREPLY=()
__banyan_at_tab 2>/dev/null; printf '%s ' "\${COMPREPLY[@]}"; echo`
  const source = `. ${file}; . ${file}; type -t banyan >&2; complete -p banyan >&2`
  const { stdout, stderr } = run(
    "bash",
    "--norc",
    "-c",
    [source, ...Object.keys(bashLines).map(ask)].join("\n"),
  )
  // Read twice without a complaint; it is registered, and the shortcut is there.
  assert.equal(stderr, "function\ncomplete -F __banyan_at_tab banyan\n")
  const answers = stdout
    .trimEnd()
    .split("\n")
    .map(line =>
      line
        .trim()
        .split(" ")
        .filter(word => word !== ""),
    )
  assert.deepEqual(
    Object.fromEntries(Object.keys(bashLines).map((line, nth) => [line, answers[nth]])),
    bashLines,
  )
})

test("fish", { skip: missing("fish") }, () => {
  const file = scriptFor("fish")
  for (const [line, words] of Object.entries(lines)) {
    const { stdout, stderr } = run(
      "fish",
      "--no-config",
      "-c",
      `source ${file}; complete --do-complete '${line}'`,
    )
    assert.equal(stderr, "", line)
    const answer = stdout
      .split("\n")
      .filter(text => text !== "")
      .map(text => text.split("\t")[0])
    assert.deepEqual(answer.sort(), [...words].sort(), line)
  }
})

test("zsh, at a terminal of its own", { skip: missing("zsh") }, () => {
  const file = scriptFor("zsh")
  const typed = ["banyan stat", "banyan explain web.drainT", "banyan kill --signal SIGKI"]
  const expected = ["banyan status", "banyan explain web.drainTimeoutMs", "banyan kill --signal SIGKILL"]
  const program = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; autoload -U compinit; compinit -u -D; . ${file}; echo re''ady"
zpty -r shell said '*ready*'
${typed
  .map(
    (line, nth) => `zpty -w -n shell $'${line}\\t'
zpty -r shell said '*${expected[nth]}*'
echo "completed ${nth}"
zpty -w -n shell $'\\x15'`,
  )
  .join("\n")}
zpty -d shell`
  const { stdout, stderr, signal } = run("zsh", "-f", "-c", program)
  assert.deepEqual([signal, stderr], [null, ""])
  assert.equal(stdout, typed.map((_, nth) => `completed ${nth}\n`).join(""))
})
