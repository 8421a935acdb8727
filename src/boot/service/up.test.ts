import assert from "node:assert/strict"
import { test } from "node:test"
import { pino } from "pino"
import { startAdminApi } from "../../control/api/admin-api.ts"
import { FakeService } from "../../control/testing/control-fixture.ts"
import { unread } from "../../control/testing/served-admin.ts"
import { epoch, eventually, map, testProject } from "../../drivers/local/fixtures/test-project.ts"
import { identifyProcess } from "../../kit/node/process-identity.ts"
import { writeAdminAccess } from "./admin-access.ts"
import { findRunning } from "./up.ts"

test("a service whose agent was killed a moment ago runs: its front door brings the agent back", async t => {
  const before = process.cwd()
  // First of all: what still works in the project's folder at the end is taken for left over.
  t.after(() => process.chdir(before))
  const service = new FakeService(t)
  const token = "0123456789abcdef"
  const api = await startAdminApi({
    control: await service.started(),
    page: async () => new Map(),
    token,
    listen: { host: "127.0.0.1", port: 0 },
    log: pino({ level: "silent" }),
    ...unread,
  })
  t.after(() => api.close())
  const project = testProject(t)
  const { status } = await project.start()
  const driver = project.driver()
  await driver.start({ id: "app-1", group: "app", version: "1" }, map, epoch)
  await eventually("front door", () => fetch(`http://127.0.0.1:${status.public.port}/`))
  await driver.close()
  process.chdir(project.folder)
  const url = `http://127.0.0.1:${api.address.port}`
  writeAdminAccess({ url, token })

  process.kill(status.pid, "SIGKILL")
  await eventually("agent's end", () => (identifyProcess(status.pid) === undefined ? true : undefined))
  assert.equal((await findRunning())?.url, url)
})
