import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { comingAndGoing } from "../testing/coming-and-going.ts"
import { filesBelow } from "./files-below.ts"

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "files-"))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, "a/b"), { recursive: true })
  for (const name of ["one", "a/two", "a/b/three"]) writeFileSync(join(folder, name), "")
  return folder
}

test("every regular file, but for what lies in folders that are left out", async t => {
  const folder = folderOf(t)
  symlinkSync("..", join(folder, "a/up"))
  const names = (paths: readonly string[]) => paths.map(path => path.slice(folder.length + 1)).toSorted()
  assert.deepEqual(names(await filesBelow(folder)), ["a/b/three", "a/two", "one"])
  assert.deepEqual(names(await filesBelow(folder, path => path.endsWith("/b"))), ["a/two", "one"])
  await assert.rejects(filesBelow(join(folder, "nowhere")), { code: "ENOENT" })
})

test("folders that others make, rename and remove meanwhile take nothing else along", async t => {
  const folder = folderOf(t)
  const rest = comingAndGoing(folder)
  try {
    for (let nth = 0; nth < 500; nth++) assert.equal((await filesBelow(folder)).length, 3)
  } finally {
    await rest()
  }
})
