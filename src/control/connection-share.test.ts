import assert from "node:assert/strict"
import { test } from "node:test"
import { FakeService, settled } from "./testing/control-fixture.ts"

test("processes share the database's connections: room is made before one more starts, and given back behind it", async t => {
  const service = new FakeService(t)
  service.mostConnections = 40
  const control = await service.started({ settings: { maxDatabaseConnections: 40 } })
  const shares = () => [...service.processes.values()].map(({ connections }) => connections).filter(Boolean)
  assert.deepEqual(shares(), [40])
  await control.change({ type: "grow" })
  await settled(control)
  await control.change({ type: "scale", instances: { web: 8 } })
  await settled(control)
  assert.deepEqual(shares(), Array(8).fill(5))
  await control.change({ type: "scale", instances: { web: 2 } })
  await settled(control)
  assert.ok(shares().reduce((sum, each) => sum + each) <= 40)
  assert.deepEqual(service.violations, [])
})
