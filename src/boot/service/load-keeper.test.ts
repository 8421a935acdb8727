import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { FakeService, until } from "../../control/testing/control-fixture.ts"
import { log } from "../../control/testing/served-admin.ts"
import { LoadKeeper } from "./load-keeper.ts"

/** Says that it began, and ends when it is told to. */
const generator = `
  process.on("message", order => {
    if (order === "stop") process.exit()
    process.send({ type: "began", mix: "root" })
  })
  process.on("disconnect", () => process.exit())
`

async function options(t: TestContext) {
  const before = process.cwd()
  const folder = mkdtempSync(join(tmpdir(), "load-"))
  t.after(() => {
    process.chdir(before)
    rmSync(folder, { recursive: true, force: true })
  })
  process.chdir(folder)
  const loadProgram = join(folder, "generator.mjs")
  writeFileSync(loadProgram, generator)
  const control = await new FakeService(t).started()
  const target = { host: "127.0.0.1", port: 1 }
  return { control, target, asked: { loadProgram, appOptions: {} }, log }
}

const generators = () => process.getActiveResourcesInfo().filter(kind => kind === "ProcessWrap").length

test("load goes on under the next supervisor until its time is over, and ends when it is told to", async t => {
  const given = await options(t)
  const first = new LoadKeeper(given)
  const { untilMs } = first.start(50)
  await until(() => first.view().state === "running")
  first.close()
  await until(() => generators() === 0)

  const second = new LoadKeeper(given)
  t.after(() => second.close())
  second.resume()
  await until(() => second.view().state === "running")
  assert.deepEqual([second.view().rps, second.view().untilMs], [50, untilMs])
  assert.equal(second.start(70).rps, 70)
  assert.equal(generators(), 1, "another rate, the same generator")
  second.stop()
  await until(() => second.view().state === "off")
  assert.equal(second.view().problem, undefined)

  const third = new LoadKeeper(given)
  t.after(() => third.close())
  third.resume()
  assert.deepEqual([third.view().state, generators()], ["off", 0])
})
