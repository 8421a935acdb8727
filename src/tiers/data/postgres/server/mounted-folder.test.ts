import assert from "node:assert/strict"
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import {
  comeBackWithin,
  emptyWithin,
  fillWithin,
  isVacant,
  removeFormerWithin,
  standAsideWithin,
} from "./mounted-folder.ts"

const old = { PG_VERSION: "18 old", "base/1": "old", "pg_wal/1": "old", onlyOld: "old" }
const young = { PG_VERSION: "18 new", "base/1": "new", "pg_wal/1": "new", onlyNew: "new" }
type Files = Readonly<Record<string, string>>

function folderWith(t: TestContext, files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), "banyan-mounted-"))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  write(folder, files)
  return folder
}

function write(folder: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

function filesIn(folder: string): Files {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
  return Object.fromEntries(names.toSorted().map(name => [name, readFileSync(join(folder, name), "utf8")]))
}

const fillWith = (folder: string, files: Files) =>
  fillWithin(folder, async temporary => {
    mkdirSync(temporary)
    write(temporary, files)
  })

test("others come in their place, and then nothing is left of the former ones", async t => {
  const folder = folderWith(t, { ...old, "lost+found/1": "the file system's" })
  assert.equal(isVacant(folder), false)
  standAsideWithin(folder)
  assert.equal(isVacant(folder), true)
  await fillWith(folder, young)
  assert.equal(isVacant(folder), false)
  removeFormerWithin(folder)
  assert.deepEqual(filesIn(folder), { ...young, "lost+found/1": "the file system's" })
})

test("when the others never come they are what they were", async t => {
  const folder = folderWith(t, old)
  standAsideWithin(folder)
  const failing = fillWithin(folder, async temporary => {
    mkdirSync(temporary)
    write(temporary, { "base/1": "half of it" })
    throw new Error("the copy broke off")
  })
  await assert.rejects(failing, /the copy broke off/)
  assert.equal(isVacant(folder), true)
  comeBackWithin(folder)
  assert.deepEqual(filesIn(folder), old)
})

test("an empty folder, a foreign one, one with data: none is vacant; without a folder there is room", t => {
  assert.deepEqual(
    [{}, { "a.txt": "somebody's" }, old].map(files => isVacant(folderWith(t, files))),
    [false, false, false],
  )
  assert.equal(isVacant(join(folderWith(t, {}), "none")), true)
})

test("emptied, it can be filled again", async t => {
  const folder = folderWith(t, { ...old, ".former/1": "older" })
  emptyWithin(folder)
  assert.deepEqual(filesIn(folder), {})
  await fillWith(folder, young)
  removeFormerWithin(folder)
  assert.deepEqual(filesIn(folder), young)
})

/** Calls back with a copy of the folder as it is before each change that `work` makes: what a death then would leave. */
async function atEachDeath(
  t: TestContext,
  folder: string,
  work: () => Promise<void> | void,
): Promise<string[]> {
  const seen: string[] = []
  const look = () => {
    const copy = folderWith(t, {})
    cpSync(folder, copy, { recursive: true })
    seen.push(copy)
  }
  const fs = (await import("node:fs")).default
  const { syncBuiltinESMExports } = await import("node:module")
  for (const name of ["renameSync", "rmSync", "mkdirSync", "rmdirSync"] as const) {
    const real = fs[name] as (...args: never[]) => unknown
    t.mock.method(fs, name, (...args: never[]) => {
      if (String(args[0]).startsWith(folder)) look()
      return real(...args)
    })
  }
  syncBuiltinESMExports()
  try {
    await work()
  } finally {
    t.mock.restoreAll()
    syncBuiltinESMExports()
  }
  return seen
}

test("a death between any two changes: never taken for data that it is not, nothing lost, and gone on with", async t => {
  const folder = folderWith(t, old)
  const deaths = [
    ...(await atEachDeath(t, folder, () => standAsideWithin(folder))),
    ...(await atEachDeath(t, folder, () => fillWith(folder, young))),
    ...(await atEachDeath(t, folder, () => removeFormerWithin(folder))),
  ]
  const failed = folderWith(t, old)
  standAsideWithin(failed)
  write(failed, { "base/1": "half of it" })
  deaths.push(...(await atEachDeath(t, failed, () => comeBackWithin(failed))))
  assert.ok(deaths.length > 20, `${deaths.length} deaths`)
  for (const dead of deaths) {
    const left = filesIn(dead)
    if (!isVacant(dead)) {
      removeFormerWithin(dead)
      const data = filesIn(dead)
      assert.deepEqual(data, data["PG_VERSION"] === old.PG_VERSION ? old : young)
    } else {
      standAsideWithin(dead)
      const kept = Object.keys(left).some(name => left[name] === "18 old")
      assert.ok(kept, `the former data are gone: ${Object.keys(left)}`)
      comeBackWithin(dead)
      assert.deepEqual(filesIn(dead), old)
    }
    assert.equal(existsSync(join(dead, ".former")), false)
  }
})
