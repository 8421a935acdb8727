import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { identifyProcess } from "../../../../kit/node/process-identity.ts"
import { eventually } from "../../testing/data-for-tests.ts"
import { runCommand } from "./run-command.ts"

test("what a program says, and why it failed", async () => {
  assert.equal(await runCommand({ argv: ["cat"], input: "hello" }, "/"), "hello")
  await assert.rejects(runCommand({ argv: ["sh", "-c", "echo 'error: no' >&2; exit 3"] }, "/"), {
    code: "BN2238",
    message: /error: no/,
  })
  assert.equal(process.listenerCount("exit"), 0)
})

test("a program and its children end with the process that ran it", async t => {
  const folder = mkdtempSync(join(tmpdir(), "banyan-run-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, "pids")
  const module = new URL("./run-command.ts", import.meta.url).href
  const script = `import { runCommand } from ${JSON.stringify(module)}
    process.on("SIGTERM", () => process.exit())
    await runCommand({ argv: ["sh", "-c", "sleep 600 & echo $$ $! > ${file}; wait"] }, "/")`
  const child = spawn(process.execPath, ["--input-type=module", "-e", script])
  t.after(() => child.kill("SIGKILL"))
  const pids = await eventually("both", () => {
    const [line, end] = readIfThere(file).split("\n")
    return end === undefined ? undefined : line?.split(" ").map(Number)
  })
  assert.deepEqual(
    pids.map(pid => identifyProcess(pid) === undefined),
    [false, false],
  )
  child.kill("SIGTERM")
  await once(child, "exit")
  await eventually("their end", () => pids.every(pid => identifyProcess(pid) === undefined))
})

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return ""
  }
}
