import assert from "node:assert/strict"
import { test } from "node:test"
import { FakeService, settled, until } from "./testing/control-fixture.ts"

test("a control plane that was replaced notices though it has nothing to do, and lets its links go", async t => {
  const service = new FakeService(t)
  const old = await service.started()
  const young = service.control()
  await young.start()
  assert.equal((await old.deposed).code, "BN1322")
  await old.stop()
  await until(() => young.reports().some(report => report.id === "app-1"))
  await settled(young)
  assert.deepEqual(service.violations, [])
})
