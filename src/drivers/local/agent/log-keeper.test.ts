import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { LogKeeper } from "./log-keeper.ts"
import { spawnProcess } from "./spawn-process.ts"

const mostBytes = 100_000

test("the log of a program that never stops talking stays bounded, and goes on from its beginning", async t => {
  const folder = mkdtempSync(join(tmpdir(), "banyan-log-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, "web-1.log")
  const talk = 'let n = 0; setInterval(() => { for (let i = 0; i < 50; i++) console.log("line " + n++) }, 1)'
  const child = await spawnProcess({
    id: "web-1",
    argv: [process.execPath, "-e", talk],
    env: {},
    cwd: folder,
    logFile: file,
  })
  t.after(() => child.kill("SIGKILL"))
  const errors: string[] = []
  const log = { info() {}, error: (_details: object, message: string) => errors.push(message) }
  const keeper = new LogKeeper({ files: () => [file, join(folder, "not-there.log")], mostBytes, log })
  const sizes: number[] = []
  let rounds = 0
  for (let before = 0; rounds < 3; await sleep(5)) {
    await keeper.look()
    const { size } = statSync(file)
    if (size < before) rounds++
    sizes.push(size)
    before = size
  }
  child.kill("SIGKILL")
  assert.ok(Math.max(...sizes) < 10 * mostBytes, `${Math.max(...sizes)} bytes`)
  assert.ok(!readFileSync(file).includes(0), "no hole where the old lines were")
  assert.match(readFileSync(`${file}.1`, "utf8"), /^(?:.*\n)?line [0-9]+\nline [0-9]+\n/)
  assert.deepEqual(errors, [])
})

test("a log that cannot be copied is left as it is, and said", async t => {
  const folder = mkdtempSync(join(tmpdir(), "banyan-log-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const errors: object[] = []
  const log = { info() {}, error: (details: object) => errors.push(details) }
  await new LogKeeper({ files: () => [folder], mostBytes: 1, log }).look()
  assert.equal(errors.length, 1)
})
