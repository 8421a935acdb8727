import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { fileURLToPath } from "node:url"
import { exitCodes } from "../../src/cli/exit-codes.ts"
import { ScratchProject } from "../integration/scratch-project.ts"

/** The drills as a user runs them, in their short form: each a service of its own, under load, judged from outside. */
const app = fileURLToPath(new URL("../../apps/beigel/app.ts", import.meta.url))
let project: ScratchProject

before(async () => {
  project = await ScratchProject.create({ config: { app } })
})
after(() => project.remove())

for (const name of [
  "climb",
  "kill-any",
  "supervisor-dead",
  "crash-every-step",
  "soak",
  "clock-skew",
  "stop-any",
  "full-disk",
  "overload",
  "slow-clients",
  "edge-changes",
  "web-kill",
  "failover",
  "switchover",
  "restore",
  "replica-lost",
  "partition",
  "both-standbys-lost",
]) {
  test(`drill ${name} --short passes`, async t => {
    const { code, stdout, stderr } = await project.begin("drill", name, "--short").ended
    if (code === exitCodes.incomplete) return t.skip(/^skip .*$/m.exec(stdout)?.[0])
    assert.equal(code, 0, `${stderr}\n${stdout}`)
    assert.match(stdout, /^passed: /m)
  })
}
