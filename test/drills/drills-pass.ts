import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { exitCodes } from "../../src/cli/exit-codes.ts"
import { beigelApp, ScratchProject } from "../integration/scratch-project.ts"

/** What happens to databases, and the whole ladder: about half of the time that all drills take. */
export const databaseDrills: readonly string[] = [
  "climb",
  "soak",
  "full-disk",
  "failover",
  "switchover",
  "restore",
  "replica-lost",
  "partition",
  "both-standbys-lost",
]

/** The drills as a user runs them, in their short form: each a service of its own, under load, judged from outside. */
export function drillsPass(names: readonly string[]): void {
  let project: ScratchProject
  before(async () => {
    project = await ScratchProject.create({ config: { app: beigelApp } })
  })
  after(() => project.remove())

  for (const name of names)
    test(`drill ${name} --short passes`, async t => {
      const { code, stdout, stderr } = await project.begin("drill", name, "--short").ended
      if (code === exitCodes.incomplete) return t.skip(/^skip .*$/m.exec(stdout)?.[0])
      assert.equal(code, 0, `${stderr}\n${stdout}`)
      assert.match(stdout, /^passed: /m)
    })
}
