import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { test } from "node:test"

const list = (...args: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, "bench.ts"), ...args], { encoding: "utf8" })

test("without a name, and with a wrong one, every bench is listed with what it measures", () => {
  const { status, stderr } = list()
  assert.equal(status, 0, stderr)
  assert.match(stderr, /^which bench\?\n( {2}npm run bench -- [a-z-]+ +\S.*\n){10,}$/)
  const wrong = list("edgy")
  assert.equal(wrong.status, 2)
  assert.match(wrong.stderr, /^there is no bench named `edgy`\n {2}npm run bench -- /)
})
