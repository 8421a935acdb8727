import assert from "node:assert/strict"
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { drills } from "../../../src/lab/drills/run-drill.ts"
import { fileUrlOf, isTest, sourceOf, withBug } from "./planted-bug.ts"
import { plantedBugs } from "./planted-bugs.ts"
import { catchOf, runPlanted } from "./run-planted.ts"

/** `npm run prove` takes every bug to its drill; here it is seen that each still can be planted, and two are caught. */
for (const [name, bug] of Object.entries(plantedBugs)) {
  test(`${name} has its place in ${bug.file}, and what comes out can be run`, t => {
    const clean = sourceOf(bug)
    const planted = withBug(bug, clean)
    assert.notEqual(planted, clean)
    const file = join(scratchFolder(t), "planted.mts")
    writeFileSync(file, planted)
    execFileSync(process.execPath, ["--check", file])
    const { caughtBy } = bug
    const isThere = isTest(caughtBy)
      ? existsSync(fileUrlOf({ file: caughtBy }))
      : Object.hasOwn(drills, caughtBy)
    assert.ok(isThere, `there is no ${caughtBy}`)
  })
}

test("a process loads the file with the bug, and another one without", () => {
  const url = new URL("../../../src/tiers/edge/exchange/repeatable.ts", import.meta.url).href
  const program = `const { isIdempotent } = await import(${JSON.stringify(url)})
    console.log(isIdempotent("POST"))`
  const run = (...flags: string[]) =>
    spawnSync(process.execPath, [...flags, "--input-type=module", "-e", program], { encoding: "utf8" }).stdout
  const plant = new URL("plant.ts?bug=write-repeated", import.meta.url).href
  assert.equal(run(), "false\n")
  assert.equal(run("--import", plant), "true\n")
  assert.equal(run(), "false\n")
})

test("a process in which the bug cannot be planted does not start", t => {
  const folder = scratchFolder(t)
  const preload = join(folder, "preload.ts")
  writeFileSync(
    preload,
    `import { withBug } from ${JSON.stringify(new URL("planted-bug.ts", import.meta.url).href)}
     import { plantedBugs } from ${JSON.stringify(new URL("planted-bugs.ts", import.meta.url).href)}
     withBug({ ...Object.values(plantedBugs)[0], find: "there is no such text" }, "source")`,
  )
  const { status, stderr } = spawnSync(process.execPath, ["--import", preload, "-e", "0"], {
    encoding: "utf8",
  })
  assert.equal(status, 1)
  assert.match(stderr, /cannot be planted: its text stands 0 times/)
})

for (const name of ["stop-cuts", "adoption-kills"])
  test(`${name} is caught: ${plantedBugs[name]!.words}`, async t => {
    const home = process.cwd()
    process.chdir(scratchFolder(t))
    t.after(() => process.chdir(home))
    const said = await runPlanted(name, { seed: 1, signal: t.signal, say: words => t.diagnostic(words) })
    assert.ok(
      catchOf(name, said),
      `it was not caught; the drill said: ${said.sentences.join("; ") || "nothing"}`,
    )
  })

function scratchFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "banyan-planted-"))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}
