import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { comingAndGoing } from "../kit/testing/coming-and-going.ts"
import { fingerprintOf } from "./page-fingerprint.ts"

function write(path: string, text: string): void {
  mkdirSync(join(path, ".."), { recursive: true })
  writeFileSync(path, text)
}

test("names and bytes count, wherever they lie; what tools make and tests are does not", async t => {
  const folder = mkdtempSync(join(tmpdir(), "fingerprint-"))
  t.after(() => rmSync(folder, { recursive: true }))
  const [source, data] = [join(folder, "page"), join(folder, "data.csv")]
  write(join(source, "a/b/main.ts"), "1")
  write(data, "1")
  const print = () => fingerprintOf(source, [data])
  const first = await print()
  write(join(source, "dist/old/main.js"), "1")
  write(join(source, "node_modules/x/index.js"), "1")
  write(join(source, "a/dist/main.js"), "1")
  write(join(source, "a/main.test.tsx"), "1")
  assert.equal(await print(), first)
  const seen = new Set([first])
  for (const path of [join(source, "a/b/main.ts"), join(source, "a/c.ts"), data]) {
    write(path, "2")
    seen.add(await print())
  }
  assert.equal(seen.size, 4)
})

test("while another process builds beside the sources, and what it builds gets its name, they are read all the same", async t => {
  const source = mkdtempSync(join(tmpdir(), "fingerprint-"))
  t.after(() => rmSync(source, { recursive: true }))
  write(join(source, "main.ts"), "1")
  const rest = comingAndGoing(join(source, "dist"))
  try {
    const prints = new Set<string>()
    for (let nth = 0; nth < 300; nth++) prints.add(await fingerprintOf(source, []))
    assert.equal(prints.size, 1)
  } finally {
    await rest()
  }
})
