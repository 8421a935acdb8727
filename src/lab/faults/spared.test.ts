import assert from "node:assert/strict"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { type TestContext, test } from "node:test"
import { hasEnded } from "./process-tree.ts"
import { sparedFault, spareProcessesUrl } from "./spared.ts"

/** Starts a child of its own when told to, and says its pid. */
const parent = `
const { spawn } = require("node:child_process")
process.stdin.once("data", () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" })
  console.log(child.pid)
})
console.log("ready")
`

/** Costs half a second. */
test("who is spared, and whom it starts meanwhile, is reached by no signal of the service until that ends", async t => {
  inFolderOfOurOwn(t)
  const root = spawn(process.execPath, ["-e", parent], { stdio: ["pipe", "pipe", "inherit"] })
  t.after(() => root.kill("SIGKILL"))
  const lines = createInterface(root.stdout)
  await once(lines, "line")
  const fault = sparedFault("server", root.pid!)

  await fault.strike()
  root.stdin.write("go\n")
  const child = Number((await once(lines, "line"))[0])
  t.after(() => hasEnded(child) || process.kill(child, "SIGKILL"))
  killAsTheService(child)
  killAsTheService(-root.pid!)
  killAsTheService(root.pid!)
  assert.ok(!hasEnded(child) && !hasEnded(root.pid!))

  await fault.heal()
  await fault.heal()
  const ended = once(root, "exit")
  killAsTheService(root.pid!)
  assert.deepEqual(await ended, [null, "SIGKILL"])
})

function killAsTheService(pid: number): void {
  const program = `process.kill(${pid}, "SIGKILL")`
  const { status, stderr } = spawnSync(process.execPath, ["--import", spareProcessesUrl, "-e", program], {
    encoding: "utf8",
  })
  assert.equal(status, 0, stderr)
}

function inFolderOfOurOwn(t: TestContext): void {
  const home = process.cwd()
  const folder = mkdtempSync(join(tmpdir(), "banyan-spared-"))
  process.chdir(folder)
  mkdirSync(".banyan/run", { recursive: true })
  t.after(() => {
    process.chdir(home)
    rmSync(folder, { recursive: true })
  })
}
